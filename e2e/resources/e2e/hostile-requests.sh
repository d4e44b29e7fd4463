# shellcheck shell=sh
# What a pod's root can put there instead of its request, each by a rename, so that it is there at once.
#   hostile-requests.sh KIND      one of them
#   hostile-requests.sh loop N    all of them, in turn, for N seconds
set -u
cd /.sc-request || exit 1

plant() {
  rm -rf ./next
  case $1 in
    absolute) ln -s /etc/shadow next ;;
    relative) ln -s ../../../../../../../../../../etc/shadow next ;;
    ready) ln -s ../stoppablecontainer-ready/ready.json next ;;
    proc) ln -s /proc/1/environ next ;;
    zero) ln -s /dev/zero next ;;
    self) ln -s request.json next ;;
    dangling) ln -s /etc/made-by-a-hostile-pod next ;;
    fifo) mkfifo next ;;
    device) mknod next c 1 5 ;;
    disk) mknod next b 8 0 ;;
    socket) scratch socket next ;;
    folder) mkdir -p next/request.json ;;
    huge) dd if=/dev/zero of=next bs=1M count=8 2>/dev/null ;;
    sparse) dd if=/dev/zero of=next bs=1 count=1 seek=9000000000 2>/dev/null ;;
    empty) : >next ;;
    garbage) printf '{"version":1,"type":"mount","type":{"$ref":"/etc/shadow"}}' >next ;;
    deep) { i=0; while [ $i -lt 4000 ]; do printf '['; i=$((i + 1)); done; } >next ;;
    closed) printf '{"version":1,"type":"attach"}' >next && chmod 0000 next ;;
    hardlink) ln /.sc-request/huge next 2>/dev/null || : >next ;;
    setuid) cp /bin/busybox next && chmod 6777 next ;;
    newlines) : >"$(printf 'a\nb')" && : >'*' && : >'-rf' && : >next ;;
    *) exit 2 ;;
  esac
  rm -rf request.json
  mv next request.json
}

kinds='absolute relative ready proc zero self dangling fifo socket device disk folder huge sparse empty garbage deep closed hardlink
setuid newlines'
if [ "$1" != loop ]; then
  plant "$1"
  exit
fi
end=$(($(date +%s) + $2))
rounds=0
while [ "$(date +%s)" -lt "$end" ]; do
  for kind in $kinds; do
    case $kind in
      huge | sparse | deep) [ $((rounds % 20)) = 0 ] && plant "$kind" ;;
      *) plant "$kind" ;;
    esac
  done
  rounds=$((rounds + 1))
done
rm -rf request.json
echo "$rounds"
