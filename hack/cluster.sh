# shellcheck shell=bash
# Which cluster the make targets work on. Needs lib.sh.

CLUSTER=${CLUSTER:-embedded}
KUBECTL=${KUBECTL:-kubectl}
# shellcheck disable=SC2034 # for the scripts that source this file
SYSTEM_NAMESPACE=stoppablecontainer-system
# Clusters of one checkout can be up side by side.
# shellcheck disable=SC2034 # for the scripts that source this file
load_log=$REPO/target/logs/load${CLUSTER_ID:+-$CLUSTER_ID}.log

check_cluster_kind() {
  case $CLUSTER in
    embedded | vm | k3s | current) ;;
    *) die "CLUSTER=$CLUSTER is not supported: choose embedded (a cluster made here), vm (one whose node is a virtual machine), k3s (one in Docker) or current (the one kubectl is set to)." ;;
  esac
}

# The tool that made the cluster: up, down, env, load ARCHIVE...; current has none.
cluster_tool() {
  case $CLUSTER in
    embedded) "$REPO/e2e/cluster/cluster" "$@" ;;
    vm) "$REPO/e2e/cluster/vm" "$@" ;;
    k3s) "$REPO/hack/k3s" "$@" ;;
  esac
}

# Whether e2e/cluster makes the cluster, of namespaces or of a virtual machine.
cluster_is_made_here() { [[ $CLUSTER = embedded || $CLUSTER = vm ]]; }

need_root_for_cluster() {
  [ "$(id -u)" = 0 ] || die "A cluster made here needs root for its namespaces and mounts: run make as root, or use the cluster of your kubeconfig with CLUSTER=current."
}

# Sets KUBECONFIG, KUBECTL and the cluster's other variables, or says what to do first.
use_cluster() {
  check_cluster_kind
  if [ "$CLUSTER" != current ]; then
    local exports
    exports=$(cluster_tool env) || die "The cluster is not up: make cluster-up CLUSTER=$CLUSTER boots it."
    eval "$exports"
  fi
  have "$KUBECTL" || die "kubectl is missing: install it and try again."
  "$KUBECTL" get --raw /readyz >/dev/null 2>&1 \
    || die "No cluster answers ($([ "$CLUSTER" != current ] && echo "make cluster-up CLUSTER=$CLUSTER boots one" || echo 'CLUSTER=current uses the one that kubectl is set to'))."
}

# Loads the locally built images into the nodes, if the cluster supports it; otherwise they come from a registry.
load_images() { # TARGET...
  [ "$CLUSTER" != current ] || return 0
  local target archives=()
  for target in "$@"; do
    [ -f "$REPO/target/images/$target.tar" ] || die "The image of $target is not built yet: make docker-build docker-build-mount-helper builds both."
    archives+=("$REPO/target/images/$target.tar")
  done
  quietly "$load_log" cluster_tool load "${archives[@]}"
}
