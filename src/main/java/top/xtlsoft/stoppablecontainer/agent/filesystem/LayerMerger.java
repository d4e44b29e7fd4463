package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/**
 * Moves all that lies in a layer into the layer below it, by renames alone: no file is copied, and
 * hard links stay. After each step the two layers together show the same files as before, so a
 * merge may end anywhere, by a power cut too, and goes on later. What the lower layer alone has is
 * never looked at.
 *
 * <p>Neither layer may be mounted meanwhile: what the kernel then shows is undefined (the kernel's
 * Documentation/filesystems/overlayfs.rst, "Changes to underlying filesystems").
 */
final class LayerMerger {

  private static final String OVERLAY_XATTRS = "trusted.overlay.";

  /** Every folder that was copied up has it, and no other (ovl_set_origin_fh() of the kernel). */
  private static final String ORIGIN = OVERLAY_XATTRS + "origin";

  /** Begins the names of what the upper layer hides; the rest is the inode number. */
  private static final String HIDDEN = "hidden.";

  /** Times that one folder is walked; nothing writes to a layer, so twice is enough. */
  private static final int MOST_WALKS = 10;

  private final LinuxSyscalls linux;
  private final TreeWalker walker;
  private final LayerNames names;

  LayerMerger(LinuxSyscalls linux) {
    this.linux = linux;
    this.walker = new TreeWalker(linux);
    this.names = new LayerNames(linux);
  }

  /**
   * Moves what lies in the upper layer, as far as it comes.
   *
   * @param hidden the folder, on the same disk, that gets what the upper layer hides
   * @param wanted whether to end soon, once something is moved
   * @return whether the upper layer is empty now, and its root looks like that of the lower one
   * @throws UnmergeableException if something in either layer is immutable (chattr +i), or lies in
   *     too many folders that both have
   */
  boolean merge(Fd upper, Fd lower, Fd hidden, BooleanSupplier wanted) {
    try (Fd from = linux.openat(upper, ".", O_RDONLY | O_DIRECTORY, 0);
        Merging merging =
            new Merging(
                linux.openat(lower, ".", O_RDONLY | O_DIRECTORY, 0),
                linux.stat(from),
                hidden,
                wanted)) {
      walker.walk(from, merging);
      if (merging.ended) {
        return false;
      }
      dress(merging.path.peek().lower, from, merging.path.peek().times);
      return true;
    } catch (SyscallException e) {
      if (e.is(Errno.EPERM)) {
        throw new UnmergeableException("something in them is immutable: " + e.getMessage());
      }
      throw e;
    }
  }

  /** The two layers stay as they are, each with a part of its files. */
  static final class UnmergeableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnmergeableException(String message) {
      super(message);
    }
  }

  /** Whether a merge of these has nothing left to do. */
  boolean isMerged(Fd upper, Fd lower) {
    try (Fd from = linux.openat(upper, ".", O_RDONLY | O_DIRECTORY, 0);
        Fd to = linux.openat(lower, ".", O_RDONLY | O_DIRECTORY, 0)) {
      FileStatus above = linux.stat(from);
      FileStatus below = linux.stat(to);
      return linux.list(from, 1).isEmpty()
          && above.mode() == below.mode()
          && above.uid() == below.uid()
          && above.gid() == below.gid()
          && above.mtimeSeconds() == below.mtimeSeconds()
          && above.mtimeNanos() == below.mtimeNanos()
          && ofContainer(from).equals(ofContainer(to))
          && ofContainer(from).stream()
              .allMatch(
                  name -> Arrays.equals(linux.getXattr(from, name), linux.getXattr(to, name)));
    }
  }

  private List<String> ofContainer(Fd folder) {
    return linux.listXattrs(folder).stream()
        .filter(InstanceFolder::isOfContainer)
        .sorted()
        .toList();
  }

  /** Gives a folder the attributes of the one above it, which hides them until now. */
  private void dress(Fd lower, Fd upper, FileStatus times) {
    FileStatus status = linux.stat(upper);
    linux.fchown(lower, status.uid(), status.gid());
    linux.fchmod(lower, status.permissions());
    List<String> wanted = ofContainer(upper);
    ofContainer(lower).stream()
        .filter(name -> !wanted.contains(name))
        .forEach(name -> linux.removeXattr(lower, name));
    wanted.forEach(name -> linux.setXattr(lower, name, linux.getXattr(upper, name)));
    setTimes(lower, times);
    setTimes(upper, times);
  }

  private void setTimes(Fd folder, FileStatus times) {
    linux.setModified(folder, times.mtimeSeconds(), times.mtimeNanos());
  }

  /** A folder that both layers have. */
  private static final class Both {
    private final Fd lower;
    private final FileStatus times;
    private final boolean pure;
    private int walks;

    /**
     * @param times status of the upper folder before the first name left it
     * @param pure whether no layer below has this folder: the kernel lists it as it is, whiteouts
     *     included
     */
    Both(Fd lower, FileStatus times, boolean pure) {
      this.lower = lower;
      this.times = times;
      this.pure = pure;
    }
  }

  private final class Merging implements TreeWalker.Visitor, AutoCloseable {

    private final Deque<Both> path = new ArrayDeque<>();
    private final Fd hidden;
    private final BooleanSupplier wanted;
    private boolean moved;
    private boolean ended;

    Merging(Fd lower, FileStatus times, Fd hidden, BooleanSupplier wanted) {
      this.path.push(new Both(lower, times, false));
      this.hidden = hidden;
      this.wanted = wanted;
    }

    @Override
    public Next visit(Fd dir, String name) {
      // A walk that moves nothing would begin anew for ever.
      if (moved && wanted.getAsBoolean()) {
        ended = true;
        return Next.END;
      }
      Fd below = path.peek().lower;
      FileStatus its = linux.statAt(dir, name);
      Optional<FileStatus> other = names.status(below, name);
      if (its.isDirectory() && other.filter(FileStatus::isDirectory).isPresent()) {
        try (Fd folder = names.open(dir, name)) {
          if (!names.isOpaque(folder)) {
            Fd entered = names.open(below, name);
            path.push(new Both(entered, its, isPure(entered)));
            return Next.ENTER;
          }
        }
      } else if (its.isDirectory() && other.isPresent()) {
        // A file or a whiteout hides what lies below it, as an opaque folder does.
        try (Fd folder = names.open(dir, name)) {
          names.makeOpaque(folder);
        }
      }
      if (other.isPresent() && (its.isDirectory() || other.get().isDirectory())) {
        linux.renameToNew(below, name, hidden, HIDDEN + other.get().ino());
      }
      if (path.peek().pure && LayerNames.isWhiteout(its)) {
        if (other.filter(found -> !found.isDirectory()).isPresent()) {
          linux.unlinkat(below, name, false);
        }
        linux.unlinkat(dir, name, false);
      } else {
        move(dir, name, its, below);
      }
      setTimes(dir, path.peek().times);
      moved = true;
      return Next.GO_ON;
    }

    /** rename(2) does nothing if both names are of one file. */
    private void move(Fd dir, String name, FileStatus its, Fd below) {
      if (names.status(below, name).filter(found -> found.ino() == its.ino()).isPresent()) {
        linux.unlinkat(dir, name, false);
      } else {
        linux.renameat(dir, name, below, name);
      }
    }

    private boolean isPure(Fd folder) {
      return names.isOpaque(folder) || !linux.listXattrs(folder).contains(ORIGIN);
    }

    @Override
    public void mount(Fd dir, String name) {
      throw new IllegalStateException(
          "something is mounted in a frozen layer, on " + name + ": unmount it");
    }

    @Override
    public void tooDeep(Fd dir, String name) {
      throw new UnmergeableException("folders lie too deep in them, from " + name + " on");
    }

    @Override
    public boolean leave(Fd dir, String name) {
      Both its = path.peek();
      try (Fd folder = names.open(dir, name)) {
        dress(its.lower, folder, its.times);
      }
      if (!isRemoved(dir, name)) {
        if (++its.walks == MOST_WALKS) {
          throw new IllegalStateException("a process writes to a frozen layer, in " + name);
        }
        return true;
      }
      path.pop().lower.close();
      setTimes(dir, path.peek().times);
      return false;
    }

    private boolean isRemoved(Fd dir, String name) {
      try {
        linux.unlinkat(dir, name, true);
        return true;
      } catch (SyscallException e) {
        if (e.is(Errno.ENOTEMPTY, Errno.EEXIST)) {
          return false;
        }
        throw e;
      }
    }

    @Override
    public void close() {
      path.forEach(both -> both.lower.close());
    }
  }
}
