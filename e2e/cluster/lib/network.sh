# shellcheck shell=bash disable=SC2034
# The cable between this machine and the cluster: a veth pair, and a subnet of eight addresses: this machine's, the control
# plane's and the node's, which the embedded cluster has in one.

# Prints 256 subnets to try, a /29 each, beginning at one that the cluster's id picks: three
# ranges in turn that are rarely in use (198.18/15 is set aside for tests between networks).
subnet_candidates() {
  local hash i n
  hash=$((16#$(printf '%s' "$ID" | sha256sum | cut -c1-7)))
  for ((i = 0; i < 256; i++)); do
    n=$(((hash + i * 4099) % 8192 * 8))
    case $((i % 3)) in
      0) echo "198.18.$((n / 256)).$((n % 256))" ;;
      1) echo "10.213.$((n / 256)).$((n % 256))" ;;
      2) echo "172.30.$((n / 256)).$((n % 256))" ;;
    esac
  done
}

# True when a route of this machine, the default ones aside, covers the subnet or lies in it.
subnet_is_taken() {
  {
    ip -4 -o route show table all match "$1/29"
    ip -4 -o route show table all root "$1/29"
  } 2>/dev/null | grep -v " dev $LINK " | sed -E 's/^(unreachable|blackhole|prohibit|broadcast|local|throw|unicast) //' | grep -qv '^default'
}

last_octet_plus() { echo "${1%.*}.$((${1##*.} + $2))"; }

# Sets SUBNET, HOST_IP, CONTROL_IP and NODE_IP: those of the last boot, or else free ones.
choose_subnet() {
  local candidate
  if [ -r "$STATE/subnet" ]; then
    SUBNET=$(<"$STATE/subnet")
  else
    for candidate in $(subnet_candidates); do
      if ! subnet_is_taken "$candidate"; then
        SUBNET=$candidate
        break
      fi
    done
    [ -n "${SUBNET:-}" ] || die "no free subnet was found for the node: routes of this machine cover 198.18.0.0/15, 10.213.0.0/16 and 172.30.0.0/16"
  fi
  HOST_IP=$(last_octet_plus "$SUBNET" 1)
  CONTROL_IP=$(last_octet_plus "$SUBNET" 2)
  NODE_IP=$CONTROL_IP
  [ "$KIND" = embedded ] || NODE_IP=$(last_octet_plus "$SUBNET" 3)
}

# Plugs the cable into a node that waits for it (its namespaces are those of PID $1).
connect_node() {
  # Two clusters that boot at once must not choose the same subnet.
  exec 8<"$(dirname "$STATE")"
  flock 8
  choose_subnet
  if [ -r "$STATE/subnet" ] && subnet_is_taken "$SUBNET"; then
    die "the node's subnet $SUBNET/29 is in use on this machine by now: $(ip -4 route show root "$SUBNET/29" | head -1); $TOOL down and up choose another"
  fi
  ip link del "$LINK" 2>/dev/null || true
  ip link add "$LINK" type veth peer name eth0 netns "$1"
  ip link set "$LINK" addrgenmode none up
  ip addr add "$HOST_IP/29" dev "$LINK"
  echo "$SUBNET" >"$STATE/subnet"
  exec 8<&-
}

disconnect_node() {
  # The kernel removes it with the node's network namespace, but takes its time.
  ip link del "$LINK" 2>/dev/null || true
}
