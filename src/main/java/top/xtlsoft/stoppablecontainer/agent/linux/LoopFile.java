package top.xtlsoft.stoppablecontainer.agent.linux;

/**
 * The file that a loop device shows.
 *
 * @param dev device of the file system that the file is on, as in st_dev
 * @param ino its inode number
 * @param directIo whether the device goes past the page cache
 */
public record LoopFile(long dev, long ino, boolean directIo) {

  /** Whether it is that file. */
  public boolean is(FileStatus file) {
    return dev == file.dev() && ino == file.ino();
  }
}
