package top.xtlsoft.stoppablecontainer.agent.linux;

/** Constants of the kernel's interface. */
public final class Linux {

  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_CREAT = 0100;
  public static final int O_EXCL = 0200;
  public static final int O_NOCTTY = 0400;
  public static final int O_NONBLOCK = 04000;
  public static final int O_CLOEXEC = 02000000;
  public static final int O_PATH = 010000000;

  /** Differs between x86_64 and aarch64. */
  public static final int O_DIRECTORY = isArm() ? 040000 : 0200000;

  /** Differs between x86_64 and aarch64. */
  public static final int O_NOFOLLOW = isArm() ? 0100000 : 0400000;

  public static final long RESOLVE_NO_XDEV = 0x01;
  public static final long RESOLVE_NO_MAGICLINKS = 0x02;
  public static final long RESOLVE_NO_SYMLINKS = 0x04;
  public static final long RESOLVE_BENEATH = 0x08;
  public static final long RESOLVE_IN_ROOT = 0x10;

  /** Resolves below a folder, without symlinks. */
  public static final long RESOLVE_STRICT =
      RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

  public static final long MS_NOSUID = 2;
  public static final long MS_NODEV = 4;
  public static final long MS_PRIVATE = 1 << 18;
  public static final long MS_SHARED = 1 << 20;
  public static final int MNT_DETACH = 2;

  public static final long MOUNT_ATTR_RDONLY = 0x1;
  public static final long MOUNT_ATTR_NOSUID = 0x2;
  public static final long MOUNT_ATTR_NODEV = 0x4;
  public static final long MOUNT_ATTR_NOEXEC = 0x8;
  static final long MOUNT_ATTR_IDMAP = 0x100000;

  public static final long OVERLAYFS_MAGIC = 0x794c7630L;

  private Linux() {}

  static boolean isArm() {
    return switch (System.getProperty("os.arch")) {
      case "amd64", "x86_64" -> false;
      case "aarch64", "arm64" -> true;
      default ->
          throw new UnsupportedOperationException(
              "the node agent knows the system calls of x86_64 and aarch64, not of "
                  + System.getProperty("os.arch"));
    };
  }
}
