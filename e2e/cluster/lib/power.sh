# shellcheck shell=bash
# Up, down, power off and power on, and what can be asked of a running cluster. lib/embedded.sh and lib/machine.sh say how
# the two kinds of cluster differ.

# How long one step of the boot may take before it has failed.
STEP_SECONDS=${CLUSTER_STEP_SECONDS:-120}

# Prints when the process $1 began (clock ticks since boot): with it a PID is unique.
process_start() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) }
  # shellcheck disable=SC2086 # split into fields on purpose
  set -- $stat
  [ "$1" != Z ] || return 1
  echo "${20}"
}

# Sets NODE_PID, the node's first process as this machine counts, if it lives.
node_is_alive() {
  local begin
  { read -r NODE_PID begin _ <"$STATE/node"; } 2>/dev/null || return 1
  [ "$(process_start "$NODE_PID")" = "$begin" ]
}

need_up() {
  if ! node_is_alive || [ ! -e "$STATE/run/mark/up" ]; then
    die "$(node_title) is not up: start it with $HERE/$TOOL up"
  fi
}

# A proxy of this machine's environment knows no way to the node.
kubectl() {
  env -u HTTPS_PROXY -u https_proxy -u HTTP_PROXY -u http_proxy KUBECACHEDIR="$STATE/kubectl-cache" \
    "$BINARIES/kubectl" --kubeconfig "$CLUSTER_STATE/pki/admin.kubeconfig" "$@"
}

api_answers() {
  find_kubectl
  kubectl get --raw /readyz --request-timeout 5s >/dev/null 2>&1
}

# On a busy machine one look may come to nothing, though nothing is in its way.
api_answers_soon() {
  local look
  for look in 1 2 3 4 5 6; do
    ! api_answers || return 0
    sleep "$look"
  done
  return 1
}

cluster_up() {
  need_root
  if node_is_up; then
    say "$(node_title) is up already"
    return
  fi
  need_packages
  need_namespaces
  local begin=$SECONDS
  build_parts
  lock_state
  if node_is_up; then
    say "$(node_title) was brought up meanwhile"
    return
  fi
  check_host
  halt_node
  boot_node
  say "$(node_title) is up after $((SECONDS - begin)) s; its environment: eval \"\$($HERE/$TOOL env)\""
}

cluster_down() {
  need_root
  if [ ! -e "$STATE" ] && [ -z "$(cgroup_processes)" ] && ! ip link show "$LINK" >/dev/null 2>&1; then
    say "there is no $(node_title)"
    return
  fi
  lock_state
  halt_node
  [ "$KIND" != embedded ] || leave_cluster
  # Whatever was mounted there was mounted in the node's namespace, and is gone with it.
  remove_folder "$STATE"
  rmdir --ignore-fail-on-non-empty "$(dirname "$STATE")" 2>/dev/null || true
  say "$(node_title) is removed"
}

need_namespaces() {
  local words
  words=$(unshare --pid --mount --uts --ipc --net --fork --propagation private true 2>&1) ||
    die "this environment forbids namespaces of one's own, which the node needs (${words##*$'\n'}): use a machine, or a container started with --privileged"
}

boot_node() {
  rm -rf "$STATE/run" "$STATE/log"
  mkdir -p "$STATE"/{run,log}
  echo "$BINARIES" >"$STATE/binaries"
  echo "$HERE" >"$STATE/checkout"

  step "namespaces" start_node
  step "network and certificates" prepare_node
  boot_steps
  # shellcheck disable=SC2153 # choose_subnet sets CONTROL_IP
  [ "$NODE" != "$FIRST_NODE" ] || api_answers_soon ||
    die "the API server answers inside the node but not at https://$CONTROL_IP:6443 from here: a firewall of this machine drops what goes through $LINK"
}

start_node() {
  make_cgroup
  # shellcheck disable=SC2094 # the log is this process's alone
  # What nohup, or a shell in the background, lets its processes ignore is nothing of the containers'.
  env -i --default-signal=HUP,INT,QUIT PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
    CLUSTER_ID="$ID" NODE="$NODE" CLUSTER_STATE_HOME="$(dirname "$CLUSTER_STATE")" CLUSTER_BINARIES="$BINARIES" CLUSTER_RUNTIME_FOLDER="${RUNTIME:-}" \
    setsid unshare --pid --mount --uts --ipc --net --fork --kill-child --propagation private \
    "$HERE/$FIRST_PROCESS" </dev/null >"$STATE/log/node.log" 2>&1 8<&- 9<&- &
  UNSHARE_PID=$!
  disown
  wait_mark pid node
}

prepare_node() {
  # The node has written its PID; its start is added for us to know it by later.
  NODE_PID=$(<"$STATE/run/mark/pid")
  echo "$NODE_PID $(process_start "$NODE_PID") $UNSHARE_PID $(process_start "$UNSHARE_PID")" >"$STATE/node"
  connect_node "$NODE_PID"
  make_pki
  make_config
  touch "$STATE/run/mark/prepared"
}

# Waits until the node has set the mark $1; $2 names the log to show when it does not.
wait_mark() {
  local deadline=$((SECONDS + STEP_SECONDS))
  until [ -e "$STATE/run/mark/$1" ]; do
    if [ ! -e "/proc/$UNSHARE_PID" ]; then
      show_log node
      die "the node died while it booted: its log is $STATE/log/node.log"
    fi
    if [ $SECONDS -ge $deadline ]; then
      show_log "$2"
      die "the boot got stuck before '$1' for $STEP_SECONDS s: the log is $STATE/log/$2.log; $TOOL down cleans up"
    fi
    sleep 0.05
  done
}

show_log() {
  say "the end of $STATE/log/$1.log:"
  tail -n 15 "$STATE/log/$1.log" | sed 's/^/  | /' >&2
}

# Kills whatever there is of the node and removes what a reboot would: /run, the cable and the
# cgroups. The disk (var, etcd, pki) stays.
halt_node() {
  local pid begin rest
  if [ -r "$STATE/node" ]; then
    read -r pid begin rest <"$STATE/node" || true
    # shellcheck disable=SC2086 # two pairs of PID and start
    set -- ${rest:-}
    # unshare first: with --kill-child its end is that of the node's PID namespace.
    if [ $# -eq 2 ] && [ "$(process_start "$1")" = "$2" ]; then kill -9 "$1" 2>/dev/null || true; fi
    if [ -n "${begin:-}" ] && [ "$(process_start "$pid")" = "$begin" ]; then kill -9 "$pid" 2>/dev/null || true; fi
  fi

  # What is left in our cgroups, be it that the files above were lost, is the node's too.
  local deadline=$((SECONDS + 20)) left
  while left=$(cgroup_processes) && [ -n "$left" ]; do
    [ $SECONDS -lt $deadline ] || die "processes of the node do not end: $(echo "$left" | tr '\n' ' ')"
    # shellcheck disable=SC2086 # a list of PIDs
    kill -9 $left 2>/dev/null || true
    sleep 0.1
  done
  disconnect_node
  remove_cgroup
  rm -rf "$STATE/run" "$STATE/node"
}

cluster_status() {
  if [ ! -e "$STATE" ]; then
    say "there is no $(node_title)"
    return 3
  fi
  if ! node_is_alive; then
    echo "$(node_title) is off; its disk is $STATE"
    return 3
  fi
  echo "$(node_title) is $([ -e "$STATE/run/mark/up" ] && echo up || echo booting): node process $NODE_PID, interface $LINK, cgroup /$CGROUP"
  echo "disk and logs: $STATE, checkout: $(<"$STATE/checkout")"
  local name
  for name in $COMPONENTS; do
    printf '  %-12s %s\n' "$name" "$(component_status "$name")"
  done
  [ "$NODE" = "$FIRST_NODE" ] || return 0
  find_kubectl
  kubectl get nodes -o wide
}

supervised_status() {
  if [ -e "$STATE/run/hold/$1" ]; then
    echo "held down ($TOOL start $1)"
  elif [ -e "$STATE/run/pid/$1" ]; then
    echo "runs, started $(wc -l <"$STATE/run/started/$1") times"
  else
    echo "is about to start"
  fi
}

cluster_env() {
  need_up
  find_kubectl
  printf 'export KUBECONFIG=%q\n' "$CLUSTER_STATE/pki/admin.kubeconfig"
  printf 'export KUBECACHEDIR=%q\n' "$CLUSTER_STATE/kubectl-cache"
  printf 'export KUBECTL=%q\n' "$BINARIES/kubectl"
  printf 'export CLUSTER_TOOL=%q AUDIT_LOGS=%q\n' "$HERE/$TOOL" "$CLUSTER_STATE/var/log"
  node_env
  # Only where a proxy is set does it matter that the node is not reached through it.
  if [ -n "${HTTPS_PROXY:-}${https_proxy:-}" ]; then
    local around
    around=$(<"$CLUSTER_STATE/subnet")
    around=$(last_octet_plus "$around" 2),$(last_octet_plus "$around" 3)
    [ -z "${NO_PROXY:-${no_proxy:-}}" ] || around=${NO_PROXY:-$no_proxy},$around
    printf 'export NO_PROXY=%q no_proxy=%q\n' "$around" "$around"
  fi
}

load_images() {
  [ $# -gt 0 ] || die "usage: $TOOL load TAR..."
  need_root
  need_up
  local tar
  for tar in "$@"; do
    [ -r "$tar" ] || die "the image archive $tar can't be read"
    import_image "$tar" >&2 || die "containerd did not take the image archive $tar"
  done
}

# What the first process of the namespaces has started, it starts again. One that was killed a moment ago and is not up again is as dead as it can be.
kill_supervised() {
  local pid
  pid=$(cat "$STATE/run/pid/$1" 2>/dev/null) || return 0
  # As the pid file names it: in the node's PID namespace.
  nsenter --target "$NODE_PID" --pid --mount kill -9 "$pid" 2>/dev/null || say "$1 was gone already"
}

hold_supervised() {
  touch "$STATE/run/hold/$1"
  kill_supervised "$1"
}

release_supervised() {
  rm -f "$STATE/run/hold/$1"
}

need_component() {
  need_root
  need_up
  [[ -n $1 && " $COMPONENTS " == *" $1 "* ]] || die "name a component, one of: $COMPONENTS"
}
