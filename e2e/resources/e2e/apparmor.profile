# What an admin may load into the nodes. It lists what it allows: mounts, and not the folder /image. It has no flags, so the kernel
# denies what has no path from the container's root.
abi <abi/3.0>,
profile stoppablecontainer-e2e {
  /.sc-bin/** rix,
  /.sc-request/** rwk,
  /.sc-ready/** r,
  / r,
  /{bin,dev,etc,proc,root,tmp,var}/ r,
  /{bin,dev,etc,proc,root,tmp,var}/** rwlkmix,
  deny /root/closed/** w,
  network,
  capability,
  signal,
  unix,
  mount,
  umount,
  ptrace peer=stoppablecontainer-e2e,
}
