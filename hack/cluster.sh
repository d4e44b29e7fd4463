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

# Objects, events and logs, for a reader who was not there, while the cluster still is.
collect_logs() ( # FOLDER
  set +e
  [ "$CLUSTER" != vm ] || cluster_tool console >"$1/console.txt" 2>&1
  exports=$(cluster_tool env 2>/dev/null) || exit 0
  eval "$exports"
  "$KUBECTL" get stoppablecontainers,sci,pods,nodes -A -o wide >"$1/objects.txt" 2>&1
  "$KUBECTL" get stoppablecontainers,sci,pods -A -o yaml >"$1/objects.yaml" 2>&1
  "$KUBECTL" get events -A --sort-by=.lastTimestamp >"$1/events.txt" 2>&1
  for part in deployment/stoppablecontainer-controller-manager daemonset/stoppablecontainer-mount-helper; do
    "$KUBECTL" -n "$SYSTEM_NAMESPACE" logs "$part" --tail=-1 >"$1/${part#*/}.log" 2>&1
    "$KUBECTL" -n "$SYSTEM_NAMESPACE" logs "$part" --tail=-1 --previous >"$1/${part#*/}.previous.log" 2>/dev/null
  done
  find "$1" -name '*.previous.log' -empty -delete
  case $CLUSTER in
    embedded) cat "/proc/$NODE_PID/mountinfo" >"$1/node-mounts.txt" 2>&1 ;;
    vm) cluster_tool ssh 'cat /proc/self/mountinfo; journalctl --boot --no-pager --unit kubelet --unit containerd --lines 2000' >"$1/node.txt" 2>&1 ;;
  esac
)
