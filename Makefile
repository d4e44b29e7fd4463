# StoppableContainer: what can be done here. Longer steps are scripts in hack/ and image/.

# Images, as names for docker-build-*, docker-push and deploy*.
IMG ?= stoppablecontainer/controller:dev
MOUNT_HELPER_IMG ?= stoppablecontainer/mount-helper:dev
EXEC_WRAPPER_IMG ?= stoppablecontainer/exec-wrapper:dev
# The cluster that install, deploy, demo, test-e2e and bench work on: embedded (a real one, made here), vm (one whose node
# is a virtual machine), k3s (one in Docker), or current (the one that kubectl is set to).
CLUSTER ?= embedded
# Rounds of make bench, make early-execs, make soak and make wakes, and the seed that replays a run of make soak.
ROUNDS ?= 10
SEED ?=
# Which of the end-to-end tests: those with a tag, a class or a method.
TAG ?=
TEST ?=
# On which nodes make verify-nodes runs them.
KINDS ?=
# How long make fuzz takes for each of the parsers.
SECONDS ?= 60
# Where make install-plugin puts the kubectl plugin.
PREFIX ?= /usr/local

export IMG MOUNT_HELPER_IMG EXEC_WRAPPER_IMG CLUSTER ROUNDS SEED TAG TEST KINDS

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

# A target's text in make help is what stands behind ## on its line.
.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { printf "  %-28s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\nSettings: IMG= MOUNT_HELPER_IMG= EXEC_WRAPPER_IMG= CLUSTER=embedded|vm|k3s|current NODES= NODE= CONTAINER_TOOL=docker|podman|buildah ROUNDS= SEED= SECONDS= TAG= WITHOUT= TEST=\n'

##@ Try it

.PHONY: demo
demo: ## Boot a cluster, deploy, and watch a container stop and start with its files
	@hack/demo

.PHONY: verify
verify: ## Lint, every test on a cluster of its own, and what CI runs
	@hack/verify

.PHONY: verify-nodes
verify-nodes: ## Run the end-to-end tests on each kind of node (KINDS="embedded-newest vm-newest", TAG=, TEST=)
	@hack/verify-nodes

.PHONY: bench
bench: ## Measure StoppableContainers beside plain pods, and what they cost (ROUNDS=, PARTS=, RESTING=)
	@hack/bench

.PHONY: bench-growth
bench-growth: docker-build docker-build-mount-helper ## Measure many containers on a node, and thousands in a cluster
	@hack/bench-growth

##@ Build

.PHONY: build
build: build-bin build-app ## Build the static programs and the application

.PHONY: build-bin
build-bin: ## Build sc-exec, pause and wake for every architecture
	@hack/install-tools build
	@sc-exec/build

.PHONY: build-app
build-app: ## Build the operator's and agent's jar and gather its libraries
	@rm -rf target/lib
	@hack/mvn -q -DskipTests package

.PHONY: build-plugin
build-plugin: ## Build the kubectl plugin for this machine
	@plugin/build

.PHONY: manifests
manifests: ## Generate kustomize/crd and docs/api.md from the Java classes, docs/routes.md from the routes, e2e/tests.md from the tests
	@hack/mvn -q test-compile exec:java

.PHONY: docker-build
docker-build: build ## Build the operator's image IMG
	@image/build operator "$(IMG)"

.PHONY: docker-build-mount-helper
docker-build-mount-helper: build ## Build the node agent's image MOUNT_HELPER_IMG
	@image/build mount-helper "$(MOUNT_HELPER_IMG)"

.PHONY: docker-build-exec-wrapper
docker-build-exec-wrapper: build-bin ## Build the image of the static programs EXEC_WRAPPER_IMG
	@image/build exec-wrapper "$(EXEC_WRAPPER_IMG)"

.PHONY: docker-push
docker-push: ## Push the images that are named (IMG=, MOUNT_HELPER_IMG=, EXEC_WRAPPER_IMG=)
	@image/build push $(strip $(foreach name,IMG MOUNT_HELPER_IMG EXEC_WRAPPER_IMG,$(if $(filter file,$(origin $(name))),,"$($(name))")))

.PHONY: release
release: ## Build all that a version is made of, in target/release (REGISTRY=, SIGN_COMMAND=, CLASS_LIST=, ARCHES=, DOWNLOADS=)
	@hack/release

.PHONY: reproducible
reproducible: ## Build the release of the last commit twice and compare every file
	@hack/reproducible

.PHONY: clean
clean: ## Remove what was built here (the user's cache folder stays)
	@rm -rf target

##@ Check

.PHONY: lint
lint: ## Check format and style of Java, C, shell, YAML and Go, and that the CRDs are fresh
	@hack/lint

.PHONY: format
format: ## Format Java, C and Go
	@hack/lint --fix

.PHONY: test
test: build-bin ## Run the tests that need neither root nor a cluster
	@hack/install-tools emulator
	@hack/mvn test
	@hack/test-plugin
	@python3 -m unittest discover -q -s bench/tests
	@python3 -m unittest discover -q -s hack/tests

.PHONY: test-integration
test-integration: build-bin ## Run the tests on the real kernel (root, in namespaces of their own)
	@hack/test-integration

.PHONY: test-sanitize
test-sanitize: ## Run the tests of the static programs with the compiler's sanitizers in them (root)
	@hack/test-sanitize

.PHONY: fuzz
fuzz: ## Give each parser of what pods, kernel and runtime say to a fuzzer (SECONDS=)
	@SECONDS_EACH=$(SECONDS) hack/fuzz

.PHONY: test-e2e
test-e2e: ## Run the tests on the cluster, with the operator deployed (TAG=, TEST=)
	@hack/test-e2e

.PHONY: test-nodes
test-nodes: ## Run the tests that need two nodes: a second one joins the embedded cluster for them
	@TAG=nodes hack/test-e2e

.PHONY: test-vm
test-vm: docker-build docker-build-mount-helper ## Boot a virtual machine of its own, deploy there, and run what depends on the node (TEST=PowerCordE2E: that alone)
	@TAG=node hack/test-node vm-newest

.PHONY: test-chart
test-chart: ## Install, upgrade and remove the chart with Helm 3 and 4, on an embedded cluster with nothing deployed
	@hack/test-chart

.PHONY: test-install
test-install: ## Install, upgrade and remove with make and kustomize, and see the demo, likewise
	@hack/test-install

.PHONY: sbom
sbom: build ## List what the images are made of, as CycloneDX, in target/sbom
	@hack/sbom

.PHONY: scan
scan: sbom ## Look that up in a database of known vulnerabilities (OSV_MAVEN=all.zip of osv.dev)
	@hack/scan

.PHONY: early-execs
early-execs: ## Exec into containers before they have their file system, and see that no write is lost (ROUNDS=, BOXES=, LATE=)
	@hack/early-execs

.PHONY: soak
soak: ## Kill everything at random and see that no file is lost (ROUNDS=, SEED=)
	@hack/soak

.PHONY: wakes
wakes: ## Start containers by connections again and again, and see that no connection is lost (ROUNDS=)
	@hack/soak ManyWakesE2E

.PHONY: reliability
reliability: ## Measure what outages cost: operators, watches, upgrades, full disks
	@hack/reliability

##@ Deploy

.PHONY: install
install: ## Install the CRDs
	@hack/deploy install

.PHONY: uninstall
uninstall: ## Remove the CRDs
	@hack/deploy uninstall

.PHONY: deploy
deploy: ## Deploy the operator IMG (with the CRDs)
	@hack/deploy operator

.PHONY: undeploy
undeploy: ## Remove the operator
	@hack/deploy undeploy-operator

.PHONY: deploy-daemonset
deploy-daemonset: ## Deploy the node agent MOUNT_HELPER_IMG
	@hack/deploy agent

.PHONY: undeploy-daemonset
undeploy-daemonset: ## Remove the node agent
	@hack/deploy undeploy-agent

.PHONY: install-plugin
install-plugin: build-plugin ## Install kubectl-sc, the plugin for "kubectl sc", in PREFIX (/usr/local)
	@install -d "$(PREFIX)/bin" && install -m 0755 target/plugin/kubectl-sc "$(PREFIX)/bin/" && ln -sf kubectl-sc "$(PREFIX)/bin/kubectl_complete-sc"

.PHONY: run
run: build install ## Run the operator here, on the cluster, without an image
	@hack/run

##@ Embedded cluster

.PHONY: cluster-up
cluster-up: ## Boot the cluster, or leave it as it is when it is up (NODES=2: with two nodes)
	@hack/cluster up

.PHONY: cluster-down
cluster-down: ## Take the cluster down and leave nothing behind (NODE=node2: that node alone)
	@hack/cluster down

.PHONY: cluster-power-off
cluster-power-off: ## Pull the power cord of the first node (NODE=node2: of that one)
	@hack/cluster power-off

.PHONY: cluster-power-on
cluster-power-on: ## Boot the node again (NODE=)
	@hack/cluster power-on

.PHONY: cluster-env
cluster-env: ## Print how to reach it: eval "$$(make -s cluster-env)"
	@hack/cluster env

##@ Virtual machine

.PHONY: vm-up
vm-up: ## Boot the cluster of CLUSTER=vm: its node is a Debian 13 in QEMU
	@CLUSTER=vm hack/cluster up

.PHONY: vm-down
vm-down: ## Take it down and leave nothing behind
	@CLUSTER=vm hack/cluster down

.PHONY: vm-power-off
vm-power-off: ## Pull the machine's power cord: what it did not bring to disk is lost
	@CLUSTER=vm hack/cluster power-off

.PHONY: vm-power-on
vm-power-on: ## Boot the machine again
	@CLUSTER=vm hack/cluster power-on

.PHONY: vm-env
vm-env: ## Print how to reach it: eval "$$(make -s vm-env)"
	@CLUSTER=vm hack/cluster env
