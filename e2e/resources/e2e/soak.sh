# shellcheck shell=sh
# soak.sh change SEED N: N changes to the root file system, on disk when it ends; then as "manifest".
# soak.sh early: the files of early execs, a line each.
# soak.sh manifest: a line KIND<tab>PATH<tab>FACTS for all facts of every file, then "end".
set -eu
umask 022
tab=$(printf '\t')
tree=/soak

# Sets n to a number below $1. Shell arithmetic alone: a process for each would take minutes.
below() {
  seed=$(((seed * 1103515245 + 12345) & 0x7fffffff))
  n=$(((seed >> 8) % $1))
}

plant() {
  mkdir -p $tree
  for folder in 0 1 2 3 4 5 6 7 8 9; do
    mkdir -p $tree/$folder
    for file in 0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j; do
      echo "$folder $file $seed" >$tree/$folder/$file
    done
  done
}

one_change() {
  below 10 && folder=$tree/$n
  below 20 && file=$folder/$n
  mkdir -p "$folder"
  below 13
  case $n in
    0) rm -rf "$file" && echo "anew $seed" >"$file" ;;
    1) [ ! -f "$file" ] || echo "more $seed" >>"$file" ;;
    2) rm -rf "$file" ;;
    3) [ ! -f "$file" ] || chmod 4711 "$file" ;;
    4) chown -h 1000:1000 "$folder" ;;
    5) rm -rf "$file" && ln -s "nowhere $seed" "$file" ;;
    6) rm -rf "$file" && : >$tree/linked && ln $tree/linked "$file" ;;
    7) [ ! -f "$file" ] || touch -d "@$seed" "$file" ;;
    8) rm -rf "$folder" && mkdir "$folder" && echo "opaque $seed" >"$folder/only" ;;
    9) rm -rf "$file" && head -c 65536 /dev/urandom >"$file" ;;
    10) mv "$folder" "$folder.moved" && mv "$folder.moved" "$folder" ;;
    11) mkdir -p /image && echo "$seed" >>/image/edit && rm -f /image/delete ;;
    12) [ ! -f /image/xattr ] || scratch xattr-set /image/xattr "value $seed" ;;
  esac
}

change() {
  [ -d $tree ] || plant
  for _ in $(seq "$1"); do one_change; done
  find $tree /image \( -type f -o -type d \) -exec scratch fsync {} +
}

everything() {
  find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path '/.sc-*' -o -path /run -o -path /var/run \
    -o -path /etc/hosts -o -path /etc/hostname -o -path /etc/resolv.conf -o -path /churn -o -path /early \) -prune -o "$@"
}

manifest() {
  everything -type d ! -path / -exec stat -c "stat$tab%n$tab%F %a %u:%g %y" {} +
  everything ! -type d -exec stat -c "stat$tab%n$tab%F %a %u:%g %y %s bytes, %h links" {} +
  everything -type l -exec stat -c "link$tab%n$tab%N" {} +
  everything -type f -exec sha256sum {} + | sed "s/^\([0-9a-f]*\)  \(.*\)/sha256$tab\2$tab\1/"
  if value=$(scratch xattr-get /image/xattr 2>&1); then echo "xattr$tab/image/xattr$tab$value"; fi
  echo end
}

if [ "$1" = early ]; then
  [ ! -d /early ] || find /early -type f
  exit 0
fi
if [ "$1" = change ]; then
  seed=$2
  change "$3"
fi
manifest
