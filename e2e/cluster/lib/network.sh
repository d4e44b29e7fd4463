# shellcheck shell=bash disable=SC2034
# The cable between this machine and each node: a veth pair, and a subnet of eight addresses: this machine's, the control
# plane's and the nodes', whose first the embedded cluster has in one with the control plane's. Further nodes have a cable to
# each other one besides, so that none needs another for its way to a third.

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
  } 2>/dev/null | grep -vE " dev $(cluster_link)(-[0-9])? " | sed -E 's/^(unreachable|blackhole|prohibit|broadcast|local|throw|unicast) //' | grep -qv '^default'
}

last_octet_plus() { echo "${1%.*}.$((${1##*.} + $2))"; }

# Sets SUBNET, HOST_IP, CONTROL_IP and NODE_IP: those of the last boot, or else free ones.
choose_subnet() {
  local candidate
  if [ -r "$CLUSTER_STATE/subnet" ]; then
    SUBNET=$(<"$CLUSTER_STATE/subnet")
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
  NODE_IP=$(address_of_node "$NODE_NUMBER")
  [ "$KIND" = embedded ] || NODE_IP=$(last_octet_plus "$SUBNET" 3)
}

address_of_node() { last_octet_plus "$SUBNET" $((1 + $1)); } # NUMBER

# Of the embedded cluster, each node has a sixteenth of the pods' addresses.
pods_of_node() { echo "10.244.$((($1 - 1) * 16)).0/20"; } # NUMBER

# Sets POD_SUBNET, the addresses of this node's pods.
choose_pod_subnet() {
  POD_SUBNET=$POD_CIDR
  [ "$KIND" != embedded ] || POD_SUBNET=$(pods_of_node "$NODE_NUMBER")
}

# Plugs the cable into a node that waits for it (its namespaces are those of PID $1).
connect_node() {
  # Two clusters that boot at once must not choose the same subnet, nor two nodes lay the same cable.
  exec 8<"$(dirname "$CLUSTER_STATE")"
  flock 8
  choose_subnet
  if [ -r "$CLUSTER_STATE/subnet" ] && subnet_is_taken "$SUBNET"; then
    die "the node's subnet $SUBNET/29 is in use on this machine by now: $(ip -4 route show root "$SUBNET/29" | head -1); $TOOL down and up choose another"
  fi
  ip link del "$LINK" 2>/dev/null || true
  ip link add "$LINK" type veth peer name eth0 netns "$1"
  ip link set "$LINK" addrgenmode none up
  if [ "$NODE" = "$FIRST_NODE" ]; then
    ip addr add "$HOST_IP/29" dev "$LINK"
    echo "$SUBNET" >"$STATE/subnet"
  else
    ip addr add "$HOST_IP/32" dev "$LINK"
    ip route add "$NODE_IP/32" dev "$LINK" src "$HOST_IP"
  fi
  connect_to_other_nodes "$1"
  exec 8<&-
}

# Lays a cable from this node (its namespaces are those of PID $1) to each other one that is on. A node that loses its power takes
# its ends along.
connect_to_other_nodes() {
  local other pid
  for other in $(all_nodes); do
    [ "$other" != "$NODE" ] || continue
    pid=$(name_node "$other" && { ! node_is_alive || echo "$NODE_PID"; })
    [ -n "$pid" ] || continue
    # The kernel takes its time with the end of a cable whose other end is gone.
    nsenter --target "$pid" --net ip link del "to-$NODE" 2>/dev/null || true
    ip link add "to-$other" netns "$1" type veth peer name "to-$NODE" netns "$pid"
    plug_in "$1" "$NODE_NUMBER" "${other#node}"
    plug_in "$pid" "${other#node}" "$NODE_NUMBER"
  done
}

plug_in() { # PID NUMBER OTHER-NUMBER
  nsenter --target "$1" --net ip -batch - <<IP
link set to-node$3 addrgenmode none up
addr add $(address_of_node "$2")/32 dev to-node$3
route add $(address_of_node "$3")/32 dev to-node$3
route add $(pods_of_node "$3") via $(address_of_node "$3") dev to-node$3
IP
}

disconnect_node() {
  # The kernel removes it with the node's network namespace, but takes its time.
  ip link del "$LINK" 2>/dev/null || true
}
