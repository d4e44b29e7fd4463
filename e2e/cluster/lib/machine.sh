# shellcheck shell=bash disable=SC2034
# What is a virtual machine's own: QEMU, its disks, and the way in. The control plane runs beside it, at this machine's speed:
# it is not what is tested, and would take an emulated CPU's time.

KIND=vm
TOOL=vm
FIRST_PROCESS=rack
CONTROL_COMPONENTS="etcd apiserver kcm scheduler machine"
MACHINE_COMPONENTS="containerd kubelet proxy"
COMPONENTS="$CONTROL_COMPONENTS $MACHINE_COMPONENTS"
VM_MEMORY=${VM_MEMORY:-3072}
VM_CPUS=${VM_CPUS:-2}
# command:package, the command being what shows that the package is there
PACKAGES="qemu-system-x86_64:qemu-system-x86 qemu-img:qemu-utils mmdebstrap:mmdebstrap mke2fs:e2fsprogs ssh:openssh-client
  ip:iproute2 openssl:openssl unshare:util-linux nsenter:util-linux flock:util-linux mount:mount tar:tar gcc:gcc
  chattr:e2fsprogs python3:python3"

missing_files() {
  [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || echo debian-archive-keyring
  # runc links it statically.
  compgen -G '/usr/lib/*/libseccomp.a' >/dev/null || echo libseccomp-dev
}

build_parts() {
  [ "$(uname -m)" = x86_64 ] || die "the virtual machine is an amd64 one, and this machine is $(uname -m): use the embedded cluster"
  build_binary
  build_runtime
  build_disk
}

check_host() {
  [ -c /dev/net/tun ] || die "the virtual machine's cable needs /dev/net/tun: modprobe tun"
}

# --- power

node_is_up() { node_is_alive && [ -e "$STATE/run/mark/up" ] && api_answers; }

boot_steps() {
  say "the virtual machine's CPUs are $(accelerator)"
  step "control plane" wait_mark control apiserver
  step "machine is Ready" await_machine
}

# Until the kubelet of this boot says so: the last boot's word may still be there.
await_machine() {
  local booted deadline=$((SECONDS + 5 * STEP_SECONDS))
  booted=$(<"$STATE/run/booted")
  until node_is_ready "$booted"; do
    [ $SECONDS -lt $deadline ] || {
      tail -n 15 "$STATE/log/console" | sed 's/^/  | /' >&2
      die "the machine does not get Ready: $HERE/vm console shows all, $HERE/vm ssh may lead in; vm down cleans up"
    }
    sleep 0.5
  done
  touch "$STATE/run/mark/up"
}

cluster_power_off() {
  need_root
  node_is_alive || die "there is no machine $ID that is on"
  lock_state
  rm -f "$STATE/run/mark/up"
  hold_supervised machine
  while [ -e "$STATE/run/pid/machine" ]; do sleep 0.05; done
  say "$ID is off"
}

cluster_power_on() {
  need_root
  [ -e "$STATE/disk.qcow2" ] || die "there is no machine $ID to power on: make one with $HERE/vm up"
  if ! node_is_alive; then
    cluster_up
    return
  fi
  lock_state
  [ -e "$STATE/run/hold/machine" ] || die "the machine $ID is on"
  find_kubectl
  now >"$STATE/run/booted"
  release_supervised machine
  step "machine is Ready" await_machine
}

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# --- the machine

# What pretends to be KVM on some hosts hangs early or late: at the guest's first instruction, or at one that the kernel needs.
# The machine's own kernel, which has no root to mount and therefore panics, shows whether one gets as far as that. A real KVM
# needs a second.
kvm_works() { # VMLINUZ
  [ -w /dev/kvm ] || return 1
  # The braces keep what the shell says of the kill.
  { timeout -s KILL 10 qemu-system-x86_64 -accel kvm -cpu host -m 256 -nodefaults -no-user-config -display none -no-reboot \
    -serial stdio -kernel "$1" -append "console=ttyS0 panic=-1 quiet" </dev/null 2>/dev/null; } 2>/dev/null |
    grep -a 'Kernel panic .*root fs' >/dev/null
}

# kvm or tcg, which is software emulation; asked once for each disk.
accelerator() {
  if [ ! -s "$STATE/accel" ]; then
    if [ -n "${VM_ACCEL:-}" ]; then
      echo "$VM_ACCEL"
    elif kvm_works "$(<"$STATE/disk")/vmlinuz"; then
      echo kvm
    else
      echo tcg
    fi >"$STATE/accel"
  fi
  cat "$STATE/accel"
}

# Writes lie in QEMU's memory until the guest flushes them: qcow2 puts a new cluster into its tables then.
make_layer() { # BASE FILE
  qemu-img create -q -f qcow2 -F raw -b "$1" "$2"
}

# What is the cluster's alone, as a tar on the second disk, which the machine unpacks at each boot (settings.service).
make_config() {
  make_control_config
  now >"$STATE/run/booted"
  if [ ! -e "$STATE/disk.qcow2" ]; then
    make_store "$STATE/store.raw" "${IMAGES[@]}"
    note_images "${IMAGES[@]}"
    make_layer "$STATE/store.raw" "$STATE/store.qcow2"
    # The kernel is that of this disk, also when a newer one has been built meanwhile.
    # shellcheck disable=SC2153 # find_disk sets DISK
    echo "$DISK" >"$STATE/disk"
    make_layer "$DISK/disk.raw" "$STATE/disk.qcow2"
  fi
  touch "$(<"$STATE/disk")"
  accelerator >/dev/null
  [ -e "$STATE/key" ] || ssh-keygen -q -t ed25519 -N '' -C "$ID" -f "$STATE/key"

  local root=$STATE/settings kubernetes=$STATE/settings/etc/kubernetes
  rm -rf "$root"
  mkdir -p "$kubernetes" "$root"/etc/{cni/net.d,systemd/network}
  install -d -m 0700 "$root/root" "$root/root/.ssh" "$kubernetes/pki"
  cp "$STATE/key.pub" "$root/root/.ssh/authorized_keys"
  cp "$STATE"/pki/{ca.crt,kubelet-server.crt,kubelet-server.key,kubelet.kubeconfig,proxy.kubeconfig} "$kubernetes/pki/"
  echo "NODE_IP=$NODE_IP" >"$kubernetes/node.env"
  make_kubelet_config /etc/kubernetes/pki /etc/resolv.conf "cgroupDriver: systemd" >"$kubernetes/kubelet.yaml"
  make_cni_config >"$root/etc/cni/net.d/10-pods.conflist"
  cat >"$root/etc/systemd/network/10-uplink.network" <<TEXT
[Match]
Name=eth0
[Network]
Address=$NODE_IP/29
Gateway=$HOST_IP
IPv6AcceptRA=no
LinkLocalAddressing=no
TEXT
  tar -C "$root" --owner=0 --group=0 -cf "$STATE/settings.tar" .
  rm -rf "$root"
}

machine_command() {
  local disk cpu
  disk=$(<"$STATE/disk")
  if [ "$(accelerator)" = kvm ]; then cpu=(-accel kvm -cpu host); else cpu=(-accel "tcg,thread=multi,tb-size=512" -cpu Nehalem); fi
  # cache=unsafe: a flush of the guest brings its writes to this machine's page cache, which outlives a SIGKILL, and spares the
  # wait for this machine's disk. What the guest did not flush is lost with QEMU's memory.
  # shellcheck disable=SC2054 # QEMU's options have commas
  COMMAND=(nice -n 5 qemu-system-x86_64 "${cpu[@]}" -machine q35 -smp "$VM_CPUS" -m "$VM_MEMORY"
    -nodefaults -no-user-config -display none -device virtio-rng-pci -serial "file:$STATE/log/console"
    -kernel "$disk/vmlinuz" -initrd "$disk/initrd"
    -append "root=/dev/vda rw rootflags=noinit_itable console=ttyS0 quiet net.ifnames=0 mitigations=off tsc=reliable systemd.show_status=0"
    -drive "file=$STATE/disk.qcow2,format=qcow2,if=none,id=disk,cache=unsafe" -device virtio-blk-pci,drive=disk
    -drive "file=$STATE/settings.tar,format=raw,if=none,id=settings,readonly=on" -device virtio-blk-pci,drive=settings
    -drive "file=$STATE/store.qcow2,format=qcow2,if=none,id=store,cache=unsafe" -device virtio-blk-pci,drive=store
    -netdev tap,id=net,ifname=cable,script=no,downscript=no -device virtio-net-pci,netdev=net)
}

# --- the way in

on_machine() { # [COMMAND...]
  node_is_alive || die "the machine $ID is not on"
  choose_subnet
  ssh -i "$STATE/key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=30 \
    -o ServerAliveInterval=15 "root@$NODE_IP" "$@"
}

node_env() {
  printf 'unset NODE_PID\n'
  printf 'export CONTAINER_RUNTIME_ENDPOINT=unix:///run/containerd/containerd.sock\n'
  # Emulated CPUs are ten times slower, and share this machine with all else that it does.
  if [ "$(accelerator)" = tcg ]; then printf 'export E2E_TIMEOUT_FACTOR=%q\n' "${E2E_TIMEOUT_FACTOR:-8}"; fi
}

# Notes with which images the disk begins, by the archives' content.
note_images() { # TAR...
  local archive
  mkdir -p "$STATE/images"
  for archive in "$@"; do touch "$STATE/images/$(sum_of "$archive")"; done
}

sum_of() { sha256sum <"$1" | cut -d' ' -f1; }

# Not by ssh: an emulated CPU deciphers a few megabytes in a second.
import_image() {
  [ ! -e "$STATE/images/$(sum_of "$1")" ] || return 0
  # From now on a name may be that of another image than the one with which the disk began.
  rm -rf "$STATE/images"
  choose_subnet
  python3 - "$NODE_IP" "$1" <<'PYTHON'
import socket, sys
with socket.create_connection((sys.argv[1], 5000)) as machine, open(sys.argv[2], "rb") as archive:
    machine.sendfile(archive)
    machine.shutdown(socket.SHUT_WR)
    answer = machine.makefile(errors="replace").read()
print(answer.rstrip().removesuffix("imported"))
sys.exit(not answer.endswith("imported\n"))
PYTHON
}

unit_of() { if [ "$1" = proxy ]; then echo kube-proxy; else echo "$1"; fi; }

is_on_machine() { [[ " $MACHINE_COMPONENTS " == *" $1 "* ]]; }

kill_component() {
  need_component "$1"
  if is_on_machine "$1"; then
    on_machine systemctl kill --kill-whom=main --signal=SIGKILL "$(unit_of "$1")"
  else
    kill_supervised "$1"
  fi
}

hold_component() {
  need_component "$1"
  if is_on_machine "$1"; then
    # Masked first, as systemd would start it again at once.
    on_machine "systemctl mask --runtime --quiet $(unit_of "$1"); systemctl kill --kill-whom=main --signal=SIGKILL $(unit_of "$1"); systemctl stop $(unit_of "$1")"
  else
    hold_supervised "$1"
  fi
}

release_component() {
  need_component "$1"
  if is_on_machine "$1"; then
    on_machine "systemctl unmask --runtime --quiet $(unit_of "$1"); systemctl start $(unit_of "$1")"
  else
    release_supervised "$1"
  fi
}

component_status() {
  if is_on_machine "$1" && [ -e "$STATE/run/hold/machine" ]; then
    echo "off, as the machine is"
  elif is_on_machine "$1"; then
    on_machine systemctl is-active "$(unit_of "$1")" || true
  else
    supervised_status "$1"
  fi
}
