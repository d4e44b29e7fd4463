package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.FileSystemStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/**
 * Counts what lies in an instance's upper folder. Its containers wrote that and may be changing it
 * meanwhile: of a tree that is very large or deep it counts only a part.
 *
 * <p>A project quota would say the same at no cost, but it is there only where the administrator
 * made the disk with one.
 */
public final class UpperCounter {

  /** A bound for a hostile tree; few file systems of people have as many. */
  static final long MAX_INODES = 2_000_000;

  private final LinuxSyscalls linux;
  private final FileSystemStore store;
  private final TreeWalker walker;
  private final long maxInodes;

  public UpperCounter(LinuxSyscalls linux, FileSystemStore store) {
    this(linux, store, MAX_INODES);
  }

  UpperCounter(LinuxSyscalls linux, FileSystemStore store, long maxInodes) {
    this.linux = linux;
    this.store = store;
    this.walker = new TreeWalker(linux);
    this.maxInodes = maxInodes;
  }

  /**
   * What the files in a place take, at least that; empty when there are none.
   *
   * @throws NotYetException when another job works on the place, or waits for it
   */
  public Optional<UpperUsage> count(Place place) {
    return count(place, () -> false);
  }

  /** The same; empty also when it takes too long. */
  public Optional<UpperUsage> count(Place place, BooleanSupplier isTooLong) {
    return store
        .locks()
        .yielding(
            place, isWanted -> store.look(place, folder -> count(folder, isWanted, isTooLong)));
  }

  private Optional<UpperUsage> count(
      InstanceFolder folder, BooleanSupplier isWanted, BooleanSupplier isTooLong) {
    if (folder.hasDiskImage()) {
      return ofDisk(folder);
    }
    try (Fd top = folder.upper().orElse(null)) {
      if (top == null) {
        return Optional.empty();
      }
      Count count = new Count(linux.stat(top), isWanted, isTooLong);
      walker.walk(top, count);
      return count.usage();
    }
  }

  /** The kernel knows what a disk image holds; one that is not mounted takes its whole size. */
  private Optional<UpperUsage> ofDisk(InstanceFolder folder) {
    try (Fd root = folder.mountedDisk().orElse(null);
        Fd image = folder.diskImage().orElse(null)) {
      if (root != null) {
        FileSystemStatus disk = linux.fileSystem(root);
        return Optional.of(new UpperUsage(disk.usedBytes(), disk.files() - disk.filesFree()));
      }
      return image == null
          ? Optional.empty()
          : Optional.of(new UpperUsage(linux.stat(image).allocatedBytes(), 1));
    }
  }

  private final class Count implements TreeWalker.Visitor {

    private final FileStatus root;
    private final BooleanSupplier isWanted;
    private final BooleanSupplier isTooLong;
    private boolean tooLong;
    private double bytes;
    private double inodes = 1;
    private long seen;

    Count(FileStatus root, BooleanSupplier isWanted, BooleanSupplier isTooLong) {
      this.root = root;
      this.isWanted = isWanted;
      this.isTooLong = isTooLong;
      this.bytes = root.allocatedBytes();
    }

    Optional<UpperUsage> usage() {
      return tooLong
          ? Optional.empty()
          : Optional.of(new UpperUsage(Math.round(bytes), Math.round(inodes)));
    }

    @Override
    public Next visit(Fd dir, String name) {
      tooLong = isTooLong.getAsBoolean();
      if (tooLong || seen++ == maxInodes) {
        return Next.END;
      }
      if (isWanted.getAsBoolean()) {
        throw NotYetException.untilRetry("another job waits for the files that are counted");
      }
      Optional<FileStatus> found = look(dir, name);
      if (found.isEmpty() || found.get().mountId() != root.mountId()) {
        return Next.GO_ON;
      }
      FileStatus status = found.get();
      // Each name of a file stands for its part of it: the sum is right without a list of them all.
      double share = status.isDirectory() ? 1 : 1.0 / Math.max(1, status.links());
      bytes += status.allocatedBytes() * share;
      inodes += share;
      return status.isDirectory() ? Next.ENTER : Next.GO_ON;
    }

    @Override
    public void mount(Fd dir, String name) {
      // What lies there is on another disk.
    }

    @Override
    public void tooDeep(Fd dir, String name) {
      // Only a part is counted.
    }

    @Override
    public boolean leave(Fd dir, String name) {
      return false;
    }
  }

  private Optional<FileStatus> look(Fd dir, String name) {
    try {
      return Optional.of(linux.statAt(dir, name));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
