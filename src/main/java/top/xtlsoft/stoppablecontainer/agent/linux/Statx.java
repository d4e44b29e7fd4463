package top.xtlsoft.stoppablecontainer.agent.linux;

import jnr.ffi.Pointer;

/** Layout of {@code struct statx}, the same on all architectures: statx(2). */
final class Statx {

  static final int BYTES = 256;

  /** STATX_BASIC_STATS and STATX_MNT_ID. */
  static final int MASK = 0x7ff | 0x1000;

  private static final long ATTR_MOUNT_ROOT = 0x2000;

  /** Unit of stx_blocks, independent of the file system's block size. */
  private static final long BLOCK_BYTES = 512;

  private Statx() {}

  static FileStatus status(Pointer s) {
    return new FileStatus(
        device(Integer.toUnsignedLong(s.getInt(136)), Integer.toUnsignedLong(s.getInt(140))),
        s.getLong(32),
        Short.toUnsignedInt(s.getShort(28)),
        s.getInt(20),
        s.getInt(24),
        s.getLong(40),
        s.getLong(48) * BLOCK_BYTES,
        Integer.toUnsignedLong(s.getInt(16)),
        device(Integer.toUnsignedLong(s.getInt(128)), Integer.toUnsignedLong(s.getInt(132))),
        s.getLong(64),
        s.getLong(112),
        Integer.toUnsignedLong(s.getInt(120)),
        s.getLong(96),
        Integer.toUnsignedLong(s.getInt(104)),
        s.getLong(144),
        (s.getLong(8) & ATTR_MOUNT_ROOT) != 0);
  }

  /** Device number as in st_dev, see makedev(3). */
  private static long device(long major, long minor) {
    return (major & 0xfffff000L) << 32
        | (major & 0xfffL) << 8
        | (minor & 0xffffff00L) << 12
        | (minor & 0xffL);
  }
}
