# shellcheck shell=sh
# Prints the facts of a container, one in each line: "ASPECT<tab>FACT". One that differs between a plain pod and a
# StoppableContainer of the same spec is a difference that users see.
tell() {
  name=$1
  shift
  "$@" 2>&1 | while IFS= read -r line; do printf '%s\t%s\n' "$name" "$line"; done
}

# The user's first process: PID 1, or the oldest that bears the mark where PID 1 is the pod's.
app=1
for process in $(cd /proc && echo [0-9]* | tr ' ' '\n' | sort -n); do
  [ "${PARITY:-}" = app ] || break
  if tr '\0' '\n' 2>/dev/null <"/proc/$process/environ" | grep -qx PARITY=app; then
    app=$process
    break
  fi
done

# Signal 32 is the C library's own: runc 1.5 leaves it ignored in some of the processes that it starts and not in others.
without_signal_32() { sed -E '/^SigIgn/ s/8(.{7})$/0\1/'; }

status() {
  grep -E '^(Umask|Uid|Gid|Groups|Sig(Blk|Ign|Cgt)|Cap.*|NoNewPrivs|Seccomp.*|Cpus_allowed_list|Mems_allowed_list):' "/proc/$1/status" |
    without_signal_32
}

env_sorted() { env | sort; }

# Kubelet gives each pod with users of its own (hostUsers: false) other ones, and a namespace of its own.
first_user=$(awk '{ print $2 }' /proc/self/uid_map)

mount_points() { awk '{ print $5 }' /proc/self/mountinfo; }

mounts() {
  awk -v first="$first_user" '{
    spread = ""
    for (i = 7; $i != "-"; i++) { split($i, kind, ":"); spread = spread " " kind[1] }
    from = $(i + 1) == "overlay" ? "" : " " $4 " " $(i + 3)
    if (first) { gsub("uid=" first, "uid=0", from); gsub("gid=" first, "gid=0", from); gsub("gid=" first + 5, "gid=5", from) }
    print $5 " " $6 spread " " $(i + 1) from
  }' /proc/self/mountinfo | sort
}

descriptors() {
  for fd in "/proc/$app/fd"/*; do echo "${fd##*/} $(readlink "$fd")"; done
}

can_write() {
  if [ -d "$1" ]; then
    (: >"$1/.parity") 2>/dev/null && rm "$1/.parity"
  else
    (: >>"$1") 2>/dev/null
  fi
}

# Words of mount points are as the kernel escapes them.
places() {
  {
    echo / /bin /data /dev/null /dev/shm /dev/termination-log /etc /etc/hostname /etc/hosts /etc/passwd /etc/resolv.conf /home/dev \
      /image /image/edit /proc /root /srv/made /srv/made/by-the-runtime /sys /tmp /var /var/lib/made-by-volume /var/log | tr ' ' '\n'
    mount_points | grep -Ev '^/(proc|sys)'
  } | sort -u | sed 's/\\/\\0/g' | while IFS= read -r place; do printf '%b\n' "$place"; done
}

writable() {
  places | while IFS= read -r place; do
    if can_write "$place"; then echo "$place: yes"; else echo "$place: no"; fi
  done
}

described() { stat -c '%N %F %a %u:%g %t,%T' "$@"; }

look() {
  places | {
    set -- /*
    while IFS= read -r place; do set -- "$@" "$place"; done
    described "$@"
  }
}

contents() {
  for folder in /vol /image /linked/below /etc/linked.conf /dangling/below /home/dev /var/run/secrets /srv /etc/hosts /etc/hostname /etc/resolv.conf; do
    find "$folder" ! -path '/vol/node*' ! -path '/vol/*-ways*' ! -path '/vol/from-node*' ! -path '/vol/claim*' \( -type f -o -type l \) 2>/dev/null
  done | sort | while IFS= read -r file; do
    stat -c '%N %a %u:%g' "$file"
    case $file in
      */token) ;;
      *) head -c 400 "$file" 2>&1 && echo ;;
    esac
  done
}

limits_of_cgroup() {
  find -L /sys/fs/cgroup -maxdepth 2 \( -name memory.max -o -name memory.high -o -name memory.min -o -name memory.low -o -name memory.swap.max \
    -o -name memory.limit_in_bytes -o -name memory.soft_limit_in_bytes -o -name memory.memsw.limit_in_bytes -o -name memory.oom.group \
    -o -name cpu.max -o -name cpu.weight -o -name cpu.shares -o -name 'cpu.cfs_*_us' -o -name cpuset.cpus -o -name pids.max \
    -o -name 'hugetlb.*.max' -o -name 'hugetlb.*.limit_in_bytes' -o -name devices.list \) 2>/dev/null | sort -u | while read -r file; do
    echo "$file $(tr '\n' ';' <"$file")"
  done
}

masked() {
  for file in acpi asound bus fs interrupts irq kcore keys latency_stats sched_debug scsi sys/kernel/core_pattern sysrq-trigger timer_list; do
    described "/proc/$file"
  done
  for file in firmware devices/virtual/powercap kernel/debug; do find "/sys/$file" -maxdepth 1 | sort | head -3; done
}

# Those of this look itself come and go.
processes() {
  for process in /proc/[0-9]*; do
    name=gone
    read -r name 2>/dev/null <"$process/comm"
    echo "$name"
  done | sort -u | grep -vxE 'gone|exe|sort|grep'
}

namespaces() {
  for kind in cgroup ipc mnt net pid time user uts; do
    if [ "$(readlink "/proc/self/ns/$kind")" = "$(readlink "/proc/$app/ns/$kind")" ]; then echo "$kind: the app's"; else echo "$kind: another"; fi
  done
  [ "$first_user" != 0 ] || readlink /proc/self/ns/user
  awk '{ print $1 " " ($2 ? "others" : $2) " " $3 }' /proc/self/uid_map
}

tell id id
tell umask umask
tell ulimit ulimit -a
tell env env_sorted
tell pwd pwd
tell tty tty
tell hostname hostname
tell hostname cat /proc/sys/kernel/hostname
tell status status self
tell oom_score_adj cat /proc/self/oom_score_adj
tell security cat /proc/self/attr/current
tell namespaces namespaces
tell processes processes
tell cgroup cat /proc/self/cgroup
tell app-env sh -c "tr '\\0' '\\n' </proc/$app/environ | sort"
tell app-command sh -c "tr '\\0' '\\n' </proc/$app/cmdline"
tell app-directory readlink "/proc/$app/cwd"
tell app-program readlink "/proc/$app/exe"
tell app-root stat -L -c '%a %u:%g' "/proc/$app/root"
tell app-status status "$app"
tell app-limits cat "/proc/$app/limits"
tell app-oom_score_adj cat "/proc/$app/oom_score_adj"
tell app-session awk '{ print ($1 == $6) " " $7 " " $19 }' "/proc/$app/stat"
tell app-descriptors descriptors
tell app-terminal cat /root/tty
tell mounts mounts
tell writable writable
tell look look
tell contents contents
tell limits limits_of_cgroup
tell masked masked
tell devices sh -c "stat -c '%N %F %a %u:%g %t,%T' /dev/* /dev/pts/*"
tell sysctl cat /proc/sys/net/ipv4/ip_local_port_range /proc/sys/kernel/shm_rmid_forced
