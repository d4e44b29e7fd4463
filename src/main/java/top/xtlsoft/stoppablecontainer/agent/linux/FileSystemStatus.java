package top.xtlsoft.stoppablecontainer.agent.linux;

/**
 * A file system's status from statfs(2).
 *
 * @param magic type of the file system
 * @param blockBytes size of a block
 * @param blocks size in blocks
 * @param blocksFree free blocks
 * @param blocksAvailable free blocks for unprivileged users
 * @param files number of inodes; 0 if the file system does not count them
 * @param filesFree free inodes
 * @param readOnly whether it is mounted read-only
 */
public record FileSystemStatus(
    long magic,
    long blockBytes,
    long blocks,
    long blocksFree,
    long blocksAvailable,
    long files,
    long filesFree,
    boolean readOnly) {

  /** The kubelet evicts pods when less than a tenth of the disk is free, unless it is set up. */
  private static final long LEAST_FREE_SHARE = 10;

  /** Bytes in use. */
  public long usedBytes() {
    return (blocks - blocksFree) * blockBytes;
  }

  /** Bytes of all blocks. */
  public long bytes() {
    return blocks * blockBytes;
  }

  /** Bytes that unprivileged users can still write. */
  public long availableBytes() {
    return blocksAvailable * blockBytes;
  }

  /** Whether a tenth of the bytes stays free when so many more are written. */
  public boolean hasRoomFor(long moreBytes) {
    return availableBytes() - moreBytes >= bytes() / LEAST_FREE_SHARE;
  }

  /** Whether a tenth of the inodes is free, where they are counted. */
  public boolean hasInodes() {
    return files == 0 || filesFree >= files / LEAST_FREE_SHARE;
  }
}
