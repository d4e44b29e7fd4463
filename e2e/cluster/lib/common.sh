# shellcheck shell=bash disable=SC2034
# Names, places and words that the other parts share.

# Fixed inside every cluster: its network namespace hides them from all others.
NODE=node1
POD_CIDR=10.244.0.0/16
SERVICE_CIDR=10.96.0.0/16
KUBERNETES_IP=10.96.0.1
DNS_IP=10.96.0.10
SANDBOX_IMAGE=stoppablecontainer.local/sandbox:1
COMPONENTS="etcd apiserver kcm scheduler containerd kubelet proxy"

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
  [[ $ID =~ ^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$ ]] ||
    die "CLUSTER_ID '$ID' must be 1 to 32 lower-case letters, digits and inner dashes"

  CACHE=$(cache_home)
  STATE=${CLUSTER_STATE_HOME:-$(default_state_home)}/$ID
  [[ $STATE == /* ]] || die "the state folder '$STATE' must be an absolute path"
  [[ $STATE =~ ^[A-Za-z0-9/._+@-]+$ ]] ||
    die "the state folder '$STATE' has characters that configuration files can't hold: set CLUSTER_STATE_HOME to a plainer path"
  SOCKET=$STATE/run/containerd/containerd.sock
  # sun_path holds 108 bytes, and the node's containerd appends ".ttrpc" to this name.
  [ ${#SOCKET} -le 100 ] ||
    die "the path of containerd's socket is longer than a unix socket may be ($SOCKET): set CLUSTER_STATE_HOME to a shorter path"

  LINK=sc-$(printf '%s' "$ID" | sha256sum | cut -c1-8)
  CGROUP=sc-$ID
}

need_root() {
  [ "$(id -u)" -eq 0 ] ||
    die "the embedded cluster needs root, for namespaces and mounts: run this as root, or use the cluster at hand (CLUSTER=current)"
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
