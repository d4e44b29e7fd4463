# shellcheck shell=bash disable=SC2034
# Names, places and words that the other parts share.

# Fixed inside every cluster: its network namespaces hide them from all others.
FIRST_NODE=node1
# As many as the cluster's subnet has addresses for.
MAX_NODES=5
POD_CIDR=10.244.0.0/16
SERVICE_CIDR=10.96.0.0/16
KUBERNETES_IP=10.96.0.1
DNS_IP=10.96.0.10
SANDBOX_IMAGE=stoppablecontainer.local/sandbox:1

say() { printf 'cluster: %s\n' "$*" >&2; }

die() {
  printf 'cluster: %s\n' "$*" >&2
  exit 1
}

default_id() { printf '%s' "$HERE" | sha256sum | cut -c1-8; }

cache_home() { printf '%s/stoppablecontainer' "${XDG_CACHE_HOME:-${HOME:-/root}/.cache}"; }

default_state_home() { printf '%s/clusters' "$(cache_home)"; }

# Sets what everything of one cluster is keyed by.
name_cluster() {
  ID=${CLUSTER_ID:-$(default_id)}
  # So that a checkout's two clusters are up side by side.
  [ "$KIND" = embedded ] || [[ $ID == *-vm ]] || ID+=-vm
  [[ $ID =~ ^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$ ]] ||
    die "CLUSTER_ID '$ID' must be 1 to 32 lower-case letters, digits and inner dashes"

  CACHE=$(cache_home)
  CLUSTER_STATE=${CLUSTER_STATE_HOME:-$(default_state_home)}/$ID
  [[ $CLUSTER_STATE == /* ]] || die "the state folder '$CLUSTER_STATE' must be an absolute path"
  [[ $CLUSTER_STATE =~ ^[A-Za-z0-9/._+@-]+$ ]] ||
    die "the state folder '$CLUSTER_STATE' has characters that configuration files can't hold: set CLUSTER_STATE_HOME to a plainer path"
  name_node "${NODE:-$FIRST_NODE}"
}

# Sets what everything of one node is keyed by. The first has the control plane, and the cluster's state folder as its own.
name_node() {
  NODE=$1
  [[ $NODE =~ ^node[1-$MAX_NODES]$ ]] || die "NODE '$NODE' must be one of node1 to node$MAX_NODES"
  NODE_NUMBER=${NODE#node}
  STATE=$CLUSTER_STATE
  LINK=$(cluster_link)
  CGROUP=sc-$ID
  if [ "$NODE" != "$FIRST_NODE" ]; then
    [ "$KIND" = embedded ] || die "a cluster of virtual machines has one node: NODE is for the embedded cluster"
    STATE+=/nodes/$NODE
    LINK+=-$NODE_NUMBER
    # No id has a dot.
    CGROUP+=.$NODE
    COMPONENTS=$NODE_COMPONENTS
  fi
  SOCKET=$STATE/run/containerd/containerd.sock
  # sun_path holds 108 bytes, and the node's containerd appends ".ttrpc" to this name.
  [ ${#SOCKET} -le 100 ] ||
    die "the path of containerd's socket is longer than a unix socket may be ($SOCKET): set CLUSTER_STATE_HOME to a shorter path"
}

# The name of the cluster's cable, which those of its further nodes begin with.
cluster_link() { printf 'sc-%s' "$(printf '%s' "$ID" | sha256sum | cut -c1-8)"; }

# The nodes that the cluster has, be they off.
all_nodes() {
  echo "$FIRST_NODE"
  [ ! -d "$CLUSTER_STATE/nodes" ] || ls "$CLUSTER_STATE/nodes"
}

# As people call the node that is meant.
node_title() { if [ "$NODE" = "$FIRST_NODE" ]; then echo "$ID"; else echo "$NODE of $ID"; fi; }

need_root() {
  [ "$(id -u)" -eq 0 ] ||
    die "a cluster made here needs root, for namespaces and mounts: run this as root, or use the cluster at hand (CLUSTER=current)"
}

# Prints a step's name and, when the command that follows has ended, how long it took.
step() {
  local name=$1 begin=${EPOCHREALTIME/[.,]/} end
  shift
  "$@"
  end=${EPOCHREALTIME/[.,]/}
  say "$(printf '%-34s %3d.%d s' "$name" $(((end - begin) / 1000000)) $(((end - begin) / 100000 % 10)))"
}

# One up, down or power command at a time for each cluster. The lock is the state folder
# itself, so it leaves no file behind; down may have removed it while we waited.
lock_state() {
  while :; do
    mkdir -p "$STATE"
    chmod 0700 "$STATE"
    exec 9<"$STATE"
    flock 9
    [ "$STATE" -ef /proc/self/fd/9 ] && return
  done
}

# Removes a folder with all that is in it. A privileged container can have made files of it immutable or append-only (chattr),
# which root alone does not remove. -execdir, as no path is too long for it.
remove_folder() {
  rm -rf --one-file-system "$1" 2>/dev/null && return
  find "$1" -xdev \( -type d -o -type f \) -execdir chattr -f -ia -- {} + 2>/dev/null || true
  rm -rf --one-file-system "$1"
}

# once WHAT FOLDER FUNCTION: has FUNCTION fill the folder that it is given, which then becomes FOLDER; does nothing where that
# is there. Two builds at once would do the same work twice, on half the machine each.
once() {
  local what=$1 folder=$2 function=$3 home=${2%/*} begin temp old
  mkdir -p "$home"
  exec 7<"$home"
  if [ ! -e "$folder" ] && ! flock --nonblock 7; then
    say "another build is running: waiting for it"
    flock 7
  fi
  if [ ! -e "$folder" ]; then
    say "building $what: the first time only, kept in $folder"
    begin=$SECONDS
    temp=$(mktemp -d "$home/.build-XXXXXX")
    chmod 0755 "$temp"
    # shellcheck disable=SC2064 # the folder's name is wanted as it is now
    trap "rm -rf --one-file-system '$temp'" EXIT
    # In the background, so that the shell ends the function at its first error.
    "$function" "$temp" </dev/null >"$home/.log-${folder##*/}" 2>&1 7<&- 9<&- &
    if ! wait $!; then
      tail -n 20 "$home/.log-${folder##*/}" >&2
      die "the build failed: $what; the whole log is $home/.log-${folder##*/}"
    fi
    mv -T "$temp" "$folder"
    rm -f "$home/.log-${folder##*/}"
    trap - EXIT
    # What no checkout asked for in a month is not worth its place.
    find "$home" -mindepth 1 -maxdepth 1 ! -type d -mtime +30 -delete
    find "$home" -mindepth 1 -maxdepth 1 -type d -mtime +30 -print0 | while IFS= read -r -d '' old; do
      [ -e "$home/.used-${old##*/}" ] || rm -rf "$old"
    done
    say "built in $((SECONDS - begin)) s"
  fi
  # Beside the folder: nodes of running clusters mount it, and tests look for changes of their nodes.
  touch "$home/.used-${folder##*/}"
  exec 7<&-
}

# node_is_ready TIME: Ready by the word of a kubelet that was started after TIME: after a power cut the last boot's is still there.
node_is_ready() {
  local ready heartbeat
  read -r ready heartbeat < <(kubectl get node/"$NODE" --request-timeout 5s 2>/dev/null \
    -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status} {.status.conditions[?(@.type=="Ready")].lastHeartbeatTime}{"\n"}') || return 1
  [ "$ready" = True ] && [[ ! $heartbeat < $1 ]]
}
