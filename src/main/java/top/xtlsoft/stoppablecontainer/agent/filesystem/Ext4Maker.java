package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;

/**
 * Makes an ext4 file system in a file, with mke2fs of e2fsprogs.
 *
 * <p>All features are named: the defaults differ between versions, and the kernel has to know them.
 */
final class Ext4Maker {

  /** Word of the record. */
  static final String KIND = "ext4";

  static final int BLOCK_BYTES = 4096;

  /** Blocks of a block group. */
  static final long GROUP_BLOCKS = 8L * BLOCK_BYTES;

  /** A last group of fewer blocks has hardly room for more than its own tables: 8 MiB. */
  static final long LEAST_GROUP_BLOCKS = 2048;

  /** Bytes from the beginning of the file to the end of the superblock. */
  static final int SUPERBLOCK_END = 2048;

  private static final int BLOCKS_LOW = 1024 + 0x4;
  private static final int BLOCKS_HIGH = 1024 + 0x150;
  private static final int INCOMPATIBLE = 1024 + 0x60;
  private static final int RECOVER = 0x4;

  private static final String FEATURES =
      "none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,"
          + "sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum";

  /** Nothing is zeroed: all of the file reads as zeros already. */
  private static final String EXTENDED =
      "nodiscard,lazy_itable_init=1,lazy_journal_init=1,assume_storage_prezeroed=1";

  private static final long MOST_SECONDS = 60;
  private static final int MOST_OUTPUT_BYTES = 4096;

  /** Blocks that a file system of so many bytes has, as mke2fs and the kernel take them. */
  static long blocks(long bytes) {
    long blocks = bytes / BLOCK_BYTES;
    long last = blocks % GROUP_BLOCKS;
    return blocks > GROUP_BLOCKS && last < LEAST_GROUP_BLOCKS ? blocks - last : blocks;
  }

  /**
   * Blocks that a file system has by its superblock; the kernel may not have written the last
   * growth there yet. See s_blocks_count_lo and s_blocks_count_hi of the kernel's
   * Documentation/filesystems/ext4/super.rst.
   */
  static long blocksOf(byte[] beginning) {
    ByteBuffer bytes = ByteBuffer.wrap(beginning).order(ByteOrder.LITTLE_ENDIAN);
    return Integer.toUnsignedLong(bytes.getInt(BLOCKS_LOW))
        | Integer.toUnsignedLong(bytes.getInt(BLOCKS_HIGH)) << 32;
  }

  /**
   * Whether a file system was unmounted as it should be: its journal has nothing that its blocks
   * lack, and no mount of it is left. See INCOMPAT_RECOVER of the kernel's
   * Documentation/filesystems/ext4/super.rst.
   */
  static boolean isUnmounted(byte[] beginning) {
    return (ByteBuffer.wrap(beginning).order(ByteOrder.LITTLE_ENDIAN).getInt(INCOMPATIBLE)
            & RECOVER)
        == 0;
  }

  /**
   * Makes a file system of that many bytes in an open file that reads as zeros.
   *
   * @throws IllegalStateException if mke2fs fails, with what it says
   */
  void make(Fd file, long bytes) {
    // Its standard input is the file: it has no name in the program's own mount namespace.
    ProcessBuilder program =
        new ProcessBuilder(
                List.of(
                    "/usr/sbin/mke2fs",
                    "-q",
                    "-F",
                    "-b",
                    Integer.toString(BLOCK_BYTES),
                    "-I",
                    "256",
                    "-i",
                    "16384",
                    "-m",
                    "0",
                    "-O",
                    FEATURES,
                    "-E",
                    EXTENDED,
                    "/proc/self/fd/0",
                    Long.toString(blocks(bytes))))
            .redirectInput(new File("/proc/self/fd/" + file.number()))
            .redirectErrorStream(true);
    program.environment().clear();
    program.environment().put("MKE2FS_CONFIG", "/dev/null");
    try {
      run(program.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void run(Process process) throws IOException {
    try {
      if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("mke2fs takes longer than " + MOST_SECONDS + " s");
      }
      byte[] output = process.getInputStream().readNBytes(MOST_OUTPUT_BYTES);
      if (process.exitValue() != 0) {
        throw new IllegalStateException(
            "mke2fs failed: exit="
                + process.exitValue()
                + " output="
                + new String(output, UTF_8).strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the agent ends while mke2fs runs", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
