package top.xtlsoft.stoppablecontainer.agent.linux;

/**
 * System calls by their numbers, of the kernel's {@code syscall_64.tbl} (x86) and {@code
 * asm-generic/unistd.h} (arm64).
 */
enum Call {
  READ(0, 63),
  WRITE(1, 64),
  CLOSE(3, 57),
  IOCTL(16, 29),
  SENDFILE(40, 71),
  SOCKET(41, 198),
  FCNTL(72, 25),
  FSYNC(74, 82),
  FCHDIR(81, 50),
  FCHMOD(91, 52),
  FCHOWN(93, 55),
  FSTATFS(138, 44),
  SETFSUID(122, 151),
  SETFSGID(123, 152),
  CAPGET(125, 90),
  CAPSET(126, 91),
  SETPRIORITY(141, 140),
  PIVOT_ROOT(155, 41),
  CHROOT(161, 51),
  MOUNT(165, 40),
  UMOUNT2(166, 39),
  FSETXATTR(190, 7),
  FGETXATTR(193, 10),
  FLISTXATTR(196, 13),
  FREMOVEXATTR(199, 16),
  GETDENTS64(217, 61),
  OPENAT(257, 56),
  MKDIRAT(258, 34),
  MKNODAT(259, 33),
  FCHOWNAT(260, 54),
  UNLINKAT(263, 35),
  LINKAT(265, 37),
  SYMLINKAT(266, 36),
  READLINKAT(267, 78),
  PPOLL(271, 73),
  UNSHARE(272, 97),
  UTIMENSAT(280, 88),
  FALLOCATE(285, 47),
  SYNCFS(306, 267),
  SETNS(308, 268),
  RENAMEAT2(316, 276),
  STATX(332, 291),
  PIDFD_SEND_SIGNAL(424, 424),
  OPEN_TREE(428, 428),
  MOVE_MOUNT(429, 429),
  FSOPEN(430, 430),
  FSCONFIG(431, 431),
  FSMOUNT(432, 432),
  PIDFD_OPEN(434, 434),
  OPENAT2(437, 437),
  MOUNT_SETATTR(442, 442);

  final int number;

  Call(int x86, int arm) {
    this.number = Linux.isArm() ? arm : x86;
  }
}
