package top.xtlsoft.stoppablecontainer.agent.linux;

/**
 * A file's status from statx(2).
 *
 * @param dev device, encoded as stat(2) shows it in st_dev
 * @param ino inode number
 * @param mode type and permissions
 * @param uid owner
 * @param gid group
 * @param sizeBytes length
 * @param allocatedBytes bytes allocated on the disk
 * @param links number of hard links
 * @param rdev device that it stands for, encoded as dev; 0 for what is no device
 * @param atimeSeconds last access
 * @param mtimeSeconds last change of the contents
 * @param mtimeNanos nanoseconds of the last change, 0 to 999,999,999
 * @param ctimeSeconds last change of contents or attributes, which no process can set
 * @param ctimeNanos nanoseconds of that change, 0 to 999,999,999
 * @param mountId ID of the mount that the lookup ended in
 * @param mountRoot whether it is the root of that mount
 */
public record FileStatus(
    long dev,
    long ino,
    int mode,
    int uid,
    int gid,
    long sizeBytes,
    long allocatedBytes,
    long links,
    long rdev,
    long atimeSeconds,
    long mtimeSeconds,
    long mtimeNanos,
    long ctimeSeconds,
    long ctimeNanos,
    long mountId,
    boolean mountRoot) {

  private static final int TYPE = 0170000;

  /** Permission bits with set-id and sticky. */
  public int permissions() {
    return mode & 07777;
  }

  /** Last access or change of the contents, whichever came later. */
  public long lastUseSeconds() {
    return Math.max(atimeSeconds, mtimeSeconds);
  }

  public boolean isDirectory() {
    return (mode & TYPE) == 0040000;
  }

  public boolean isRegularFile() {
    return (mode & TYPE) == 0100000;
  }

  public boolean isCharacterDevice() {
    return (mode & TYPE) == 0020000;
  }

  public boolean isSymlink() {
    return (mode & TYPE) == 0120000;
  }

  /** Whether both are the same file. */
  public boolean sameFile(FileStatus other) {
    return dev == other.dev && ino == other.ino;
  }
}
