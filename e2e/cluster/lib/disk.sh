# shellcheck shell=bash
# The disks of the virtual machine. The first has Debian, the files below machine/, and the components; it is the same for all
# clusters. The second holds what a cluster has for itself (lib/machine.sh). The third is the machine's /var/lib, where images,
# containers and files of StoppableContainers are. No disk is mounted on this machine.

DEBIAN_SUITE=trixie
DEBIAN_PACKAGES=systemd,systemd-sysv,dbus,udev,linux-image-cloud-amd64,initramfs-tools,zstd,openssh-server,iproute2,iptables
DEBIAN_PACKAGES+=,conntrack,containernetworking-plugins,kmod,procps,util-linux,apparmor
DISK_SIZE=4G
STORE_SIZE=12G

# Sets DISK, the folder that holds disk.raw, vmlinuz and initrd.
find_disk() {
  local key
  key=$({ echo "$DEBIAN_SUITE $DEBIAN_PACKAGES ${SC_DEBIAN_MIRROR:-}" && declare -f make_debian; } | sha256sum | cut -c1-12)
  DEBIAN=$CACHE/vm/debian-$key
  key=$({ echo "$DEBIAN" "$BINARIES" "$RUNTIME" && cat "$HERE/lib/disk.sh" && tar -C "$HERE" --sort=name --mtime=@0 -c machine; } |
    sha256sum | cut -c1-12)
  DISK=$CACHE/vm/disk-$key
}

build_disk() {
  find_disk
  [ -e "$DISK" ] || once "Debian's part of the virtual machine (one to four minutes)" "$DEBIAN" make_debian
  once "the virtual machine's disk (half a minute)" "$DISK" make_machine_disk
}

make_debian() { # FOLDER
  # A small initrd, as its decompression takes an emulated CPU long.
  # shellcheck disable=SC2016 # mmdebstrap fills in the folder
  mmdebstrap --variant=minbase --include="$DEBIAN_PACKAGES" \
    --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"' \
    --essential-hook='echo MODULES=list >"$1/etc/initramfs-tools/conf.d/small"' \
    --essential-hook='printf "%s\n" virtio_pci virtio_blk ext4 >"$1/usr/share/initramfs-tools/modules.d/small"' \
    "$DEBIAN_SUITE" "$1/root.tar" ${SC_DEBIAN_MIRROR:+"deb $SC_DEBIAN_MIRROR $DEBIAN_SUITE main"}
}

make_machine_disk() { # FOLDER
  local root=$1/root unit program
  mkdir "$root"
  tar -C "$root" --xattrs --xattrs-include='*' --exclude='./dev/*' -xf "$DEBIAN/root.tar"
  tar -C "$HERE/machine" --owner=0 --group=0 -c . | tar -C "$root" --no-overwrite-dir -x
  rm -f "$root/etc/resolv.conf" "$root"/etc/ssh/ssh_host_*
  ssh-keygen -q -t ed25519 -N '' -f "$root/etc/ssh/ssh_host_ed25519_key"
  # Asked for nothing: a look-up fails at once.
  echo "nameserver 127.0.0.1" >"$root/etc/resolv.conf"

  install -d "$root/opt/kubernetes"
  install "$BINARIES/kubernetes" "$root/opt/kubernetes/"
  for program in containerd containerd-shim-runc-v2 ctr runc; do
    install "$RUNTIME/$program" "$root/usr/local/bin/"
  done

  # Links as systemctl enable makes them: only what is needed, as each unit costs an emulated CPU its time.
  local wants=$root/etc/systemd/system/multi-user.target.wants
  # Not apparmor.service, which loads the profiles of programs that are not here: the kernel enforces without it, and
  # containerd loads its own.
  for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer e2scrub_reap.service \
    systemd-networkd-wait-online.service systemd-firstboot.service systemd-logind.service getty.target serial-getty@ttyS0.service \
    apparmor.service modprobe@.service sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-tracing.mount \
    systemd-networkd-persistent-storage.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
  done
  # What is done after an update of /usr (the linker's cache, catalogues, users) was done by the packages.
  touch "$root/etc/.updated" "$root/var/.updated"
  mkdir -p "$wants"
  for unit in settings pods-network containerd kubelet kube-proxy; do
    ln -sf "../$unit.service" "$wants/"
  done
  ln -sf /usr/lib/systemd/system/systemd-networkd.service "$wants/"
  ln -sf ../images.socket "$wants/"
  # sshd only begins when it is asked for.
  rm -f "$wants/ssh.service"
  ln -sf /usr/lib/systemd/system/ssh.socket "$wants/"

  cp "$root"/boot/vmlinuz-* "$1/vmlinuz"
  cp "$root"/boot/initrd.img-* "$1/initrd"
  make_file_system "$root" "$1/disk.raw" "$DISK_SIZE"
  rm -rf --one-file-system "$root"
}

make_file_system() { # FOLDER FILE SIZE
  mke2fs -q -t ext4 -E lazy_itable_init=1,lazy_journal_init=1 -d "$1" "$2" "$3" >/dev/null
}

# make_store FILE TAR...: a disk for /var/lib, on which containerd has taken these image archives and that of the sandbox. The
# containerd is the machine's own, but runs here: an emulated CPU takes minutes for the images of operator and agent.
make_store() {
  local file=$1 work=$STATE/store
  shift
  rm -rf --one-file-system "$work"
  mkdir -p "$work"/{root/containerd,run}
  make_sandbox_image "$work/sandbox.tar"
  cat >"$work/config.toml" <<TOML
version = 3
root = "$work/root/containerd"
state = "$work/run"
disabled_plugins = ['io.containerd.grpc.v1.cri', 'io.containerd.cri.v1.images', 'io.containerd.cri.v1.runtime', 'io.containerd.nri.v1.nri']
[grpc]
  address = "$work/run/socket"
[plugins.'io.containerd.internal.v1.opt']
  path = "$work/root/containerd/opt"
TOML
  # In a mount namespace: it unpacks layers on each other by mounts.
  unshare --mount --propagation private bash -euo pipefail -s "$RUNTIME" "$work" "$work/sandbox.tar" "$@" 9<&- \
    >"$STATE/log/store.log" 2>&1 <<'SHELL' || die "the images were not taken: $STATE/log/store.log says why"
runtime=$1 work=$2
shift 2
"$runtime/containerd" --config "$work/config.toml" &
trap 'kill %1; wait' EXIT
ctr() { "$runtime/ctr" --address "$work/run/socket" --namespace k8s.io "$@"; }
until ctr version >/dev/null 2>&1; do
  kill -0 %1
  sleep 0.1
done
for archive; do ctr images import "$archive"; done
SHELL
  make_file_system "$work/root" "$file" "$STORE_SIZE"
  rm -rf --one-file-system "$work"
}
