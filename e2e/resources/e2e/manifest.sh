# shellcheck shell=sh
# All facts of every file of the root file system, except those that the cluster mounts there.
set -eu
everything() {
  find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path '/.sc-*' -o -path /run -o -path /var/run \
    -o -path /etc/hosts -o -path /etc/hostname -o -path /etc/resolv.conf -o -path /var/log/starts \) -prune -o "$@"
}
everything -type d -exec stat -c '%N %F %a %u:%g %Y' {} +
everything ! -type d -exec stat -c '%N %F %a %u:%g %Y %s links=%h' {} +
everything -type f -exec sha256sum {} +
