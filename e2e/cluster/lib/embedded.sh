# shellcheck shell=bash disable=SC2034,SC2153
# What is the embedded cluster's own: its nodes are namespaces of this machine.

KIND=embedded
TOOL=cluster
FIRST_PROCESS=node
NODE_COMPONENTS="containerd kubelet proxy"
COMPONENTS="etcd apiserver kcm scheduler $NODE_COMPONENTS"
# command:package, the command being what shows that the package is there
PACKAGES="iptables:iptables conntrack:conntrack ethtool:ethtool socat:socat ipset:ipset ip:iproute2 openssl:openssl
  unshare:util-linux nsenter:util-linux flock:util-linux mount:mount tar:tar chattr:e2fsprogs"
if [ "${CLUSTER_RUNTIME:-newest}" = distribution ]; then
  PACKAGES+=" containerd:containerd ctr:containerd runc:runc"
else
  PACKAGES+=" gcc:gcc"
fi

missing_files() {
  [ -n "$(cni_folder)" ] || echo containernetworking-plugins
  # runc links it statically.
  [ "${CLUSTER_RUNTIME:-newest}" = distribution ] || compgen -G '/usr/lib/*/libseccomp.a' >/dev/null || echo libseccomp-dev
}

build_parts() {
  build_binary
  case ${CLUSTER_RUNTIME:-newest} in
    newest) build_runtime ;;
    distribution) RUNTIME='' ;;
    *) die "CLUSTER_RUNTIME is '$CLUSTER_RUNTIME': choose newest (containerd and runc as runtime/go.mod says) or distribution (those of this machine)" ;;
  esac
}

make_config() { make_embedded_config; }

# A node's disk must carry the upper layer of an overlay, which overlayfs itself, NFS and others can't.
check_host() {
  if [ "$NODE" != "$FIRST_NODE" ]; then
    (name_node "$FIRST_NODE" && need_up)
    return
  fi
  local probe=$STATE/probe words
  mkdir -p "$probe"/{lower,upper,work,merged}
  words=$(unshare --mount --propagation private mount -t overlay overlay \
    -o "lowerdir=$probe/lower,upperdir=$probe/upper,workdir=$probe/work" "$probe/merged" 2>&1) || {
    rm -rf "$probe"
    die "the file system of $STATE ($(stat -fc %T "$STATE")) can't carry an overlay's upper layer, set CLUSTER_STATE_HOME to a folder on ext4 or xfs: $words"
  }
  rm -rf "$probe"
  [ "$(stat -fc %T "$STATE")" != tmpfs ] ||
    say "note: $STATE is a tmpfs, the node's disk takes memory and ends with this machine (CLUSTER_STATE_HOME chooses another place)"
}

node_is_up() { node_is_alive && [ -e "$STATE/run/mark/up" ] && api_answers; }

boot_steps() {
  step "containerd" wait_mark containerd containerd
  if [ "$NODE" = "$FIRST_NODE" ]; then
    step "API server" wait_mark apiserver apiserver
    step "node is Ready" wait_mark ready kubelet
    step "default service account" wait_mark up kcm
  else
    step "$NODE is Ready" wait_mark up kubelet
  fi
}

# Boots the node that NODE= names; without that, all that the cluster has, and as many as NODES= says.
nodes_up() {
  [[ ${NODES:-1} =~ ^[1-$MAX_NODES]$ ]] || die "NODES is '$NODES': choose 1 to $MAX_NODES"
  cluster_up
  [ -z "$CHOSEN_NODE" ] || return 0
  local node
  for node in $({ all_nodes && seq -f 'node%.0f' 1 "${NODES:-1}"; } | sort -u); do
    [ "$node" = "$FIRST_NODE" ] || (name_node "$node" && cluster_up)
  done
}

# After the power of the node was cut, before its disk goes: the first takes the others along, another leaves the API server.
leave_cluster() {
  local node
  if [ "$NODE" = "$FIRST_NODE" ]; then
    for node in $(all_nodes); do
      [ "$node" = "$FIRST_NODE" ] || (name_node "$node" && halt_node)
    done
  elif api_answers; then
    kubectl delete "node/$NODE" --ignore-not-found --wait=false >/dev/null
  fi
}

cluster_power_on() {
  need_root
  [ -e "$STATE/etc" ] || die "there is no $(node_title) to power on: make it with $HERE/cluster up"
  cluster_up
}

cluster_power_off() {
  need_root
  [ -e "$STATE" ] || die "there is no $(node_title)"
  lock_state
  node_is_alive || say "$(node_title) was off already"
  halt_node
  say "$(node_title) is off"
}

node_env() {
  printf 'export CONTAINER_RUNTIME_ENDPOINT=%q\n' "unix://$SOCKET"
  printf 'export NODE_PID=%q\n' "$NODE_PID"
}

# By each node's own ctr.
import_image() {
  local node
  for node in $CHOSEN_NODE $([ -n "$CHOSEN_NODE" ] || all_nodes); do
    (name_node "$node" && need_up && nsenter --target "$NODE_PID" --all ctr --namespace k8s.io images import - <"$1")
  done
}

kill_component() {
  need_component "$1"
  kill_supervised "$1"
}

hold_component() {
  need_component "$1"
  hold_supervised "$1"
}

release_component() {
  need_component "$1"
  release_supervised "$1"
}

component_status() { supervised_status "$1"; }

nodes_status() {
  local node rc=0
  for node in $CHOSEN_NODE $([ -n "$CHOSEN_NODE" ] || all_nodes); do
    (name_node "$node" && cluster_status) || rc=$?
  done
  return "$rc"
}

copy_etcd() {
  hold_component etcd
  local deadline=$((SECONDS + STEP_SECONDS))
  while [ -e "$STATE/run/pid/etcd" ]; do
    [ $SECONDS -lt $deadline ] || die "etcd does not end: the log is $STATE/log/etcd.log"
    sleep 0.05
  done
  rm -rf "$STATE/etcd-copy"
  cp -a "$STATE/etcd" "$STATE/etcd-copy"
  release_component etcd
}

put_etcd_back() {
  need_root
  [ -d "$STATE/etcd-copy" ] || die "there is no copy of etcd's data: make one with $HERE/cluster etcd-copy"
  lock_state
  ! node_is_alive || die "$ID is on: power it off before its etcd is put back"
  rm -rf "$STATE/etcd"
  mv "$STATE/etcd-copy" "$STATE/etcd"
}
