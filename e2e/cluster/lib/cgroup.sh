# shellcheck shell=bash
# The node's own corner of the cgroup tree: /sc-ID/node for its components, and beside that
# what kubelet makes for pods. Version 1 has a tree for each controller, version 2 one.

NEEDED_CONTROLLERS="cpu cpuset memory pids"

cgroup_is_v2() { [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; }

cgroup_trees() {
  if cgroup_is_v2; then
    echo /sys/fs/cgroup
  else
    awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/self/mounts | grep '^/sys/fs/cgroup/' | sort -u
  fi
}

make_cgroup() {
  local tree
  for tree in $(cgroup_trees); do
    if cgroup_is_v2; then
      enable_controllers "$tree"
      mkdir -p "$tree/$CGROUP"
      enable_controllers "$tree/$CGROUP"
    fi
    mkdir -p "$tree/$CGROUP/node"
    # A new cpuset of version 1 is empty, and takes no process, until it is filled.
    if [ -e "$tree/cpuset.cpus" ] && ! cgroup_is_v2; then
      local folder file
      for folder in "$CGROUP" "$CGROUP/node"; do
        for file in cpuset.cpus cpuset.mems; do
          cat "$tree/$file" >"$tree/$folder/$file"
        done
      done
    fi
  done
}

# Passes on to the children of cgroup $1 what controllers there are (version 2).
enable_controllers() {
  pass_on_controllers "$1"
  # Only the machine's root cgroup may hold processes and pass on controllers. What a container
  # takes for the root is none (it has a type): its processes move to a child, as Docker in Docker does.
  if [ -n "$(missing_controllers "$1")" ] && [ -e "$1/cgroup.type" ]; then
    local pid
    mkdir -p "$1/init"
    while read -r pid; do
      echo "$pid" >"$1/init/cgroup.procs" 2>/dev/null || true
    done < <(cat "$1/cgroup.procs")
    pass_on_controllers "$1"
  fi
  [ -z "$(missing_controllers "$1")" ] ||
    die "the cgroup controllers$(missing_controllers "$1") can't be had in $1: are they bound to cgroup version 1, or kept from this container?"
}

pass_on_controllers() {
  local controller
  for controller in $(<"$1/cgroup.controllers"); do
    echo "+$controller" >"$1/cgroup.subtree_control" 2>/dev/null || true
  done
}

missing_controllers() {
  local controller
  for controller in $NEEDED_CONTROLLERS; do
    grep -qw "$controller" "$1/cgroup.subtree_control" || printf ' %s' "$controller"
  done
}

# Moves this shell into the node's cgroup.
enter_cgroup() {
  local tree
  for tree in $(cgroup_trees); do
    echo 0 >"$tree/$CGROUP/node/cgroup.procs"
  done
}

# Prints the processes of the node, pods and all.
cgroup_processes() {
  local tree
  for tree in $(cgroup_trees); do
    [ ! -d "$tree/$CGROUP" ] || find "$tree/$CGROUP" -name cgroup.procs -exec cat {} + 2>/dev/null
  done | sort -un
}

remove_cgroup() {
  local tree try
  for tree in $(cgroup_trees); do
    for try in 1 2 3 4 5 6 7 8 9 10; do
      [ -d "$tree/$CGROUP" ] || break
      # A cgroup stays busy for a moment after its last process.
      [ "$try" -eq 1 ] || sleep 0.2
      find "$tree/$CGROUP" -depth -type d -exec rmdir {} \; 2>/dev/null || true
    done
    [ ! -d "$tree/$CGROUP" ] || die "the cgroup $tree/$CGROUP can't be removed: a process or cgroup that is not the node's lies in it"
  done
}
