package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_NOFOLLOW;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/**
 * Counts what lies in an instance's upper folder. Its containers wrote that and may be changing it
 * meanwhile, so nothing in it is trusted: no file is opened, no symlink followed, no mount entered,
 * no way leads up, and of a tree that is very large or deep only a part is counted.
 *
 * <p>A project quota would say the same at no cost, but it is there only where the administrator
 * made the disk with one.
 */
final class UpperCounter {

  /** A bound for a hostile tree; few file systems of people have as many. */
  static final long MOST_INODES = 2_000_000;

  /** Each level holds a descriptor, and the names that one call of the kernel's gives. */
  static final int MOST_DEPTH = 64;

  private final LinuxSyscalls linux;
  private final InstanceFolders folders;
  private final long mostInodes;

  UpperCounter(LinuxSyscalls linux, InstanceFolders folders, long mostInodes) {
    this.linux = linux;
    this.folders = folders;
    this.mostInodes = mostInodes;
  }

  /** What it takes, at least that; empty when there is no such folder. */
  Optional<UpperUsage> count(Instance instance) {
    Optional<Fd> upper =
        folders
            .find(instance.hostPathPrefix(), instance.namespace(), instance.name())
            .flatMap(
                folder -> {
                  try (folder) {
                    return folders.openFolder(folder, InstanceFolders.UPPER);
                  }
                });
    if (upper.isEmpty()) {
      return Optional.empty();
    }
    Deque<Level> path = new ArrayDeque<>();
    try (Fd top = upper.get()) {
      FileStatus root = linux.stat(top);
      path.push(new Level(linux.openat(top, ".", O_RDONLY | O_DIRECTORY, 0)));
      return Optional.of(walk(path, root));
    } finally {
      path.forEach(level -> level.fd.close());
    }
  }

  private UpperUsage walk(Deque<Level> path, FileStatus root) {
    double bytes = root.allocatedBytes();
    double inodes = 1;
    for (long seen = 0; !path.isEmpty() && seen < mostInodes; seen++) {
      Level level = path.peek();
      Optional<String> name = level.next(linux);
      if (name.isEmpty()) {
        path.pop().fd.close();
        continue;
      }
      Optional<FileStatus> found = look(level.fd, name.get());
      if (found.isEmpty() || found.get().mountId() != root.mountId()) {
        continue;
      }
      FileStatus status = found.get();
      // Each name of a file stands for its part of it: the sum is right without a list of them all.
      double share = status.isDirectory() ? 1 : 1.0 / Math.max(1, status.links());
      bytes += status.allocatedBytes() * share;
      inodes += share;
      if (status.isDirectory() && path.size() < MOST_DEPTH) {
        enter(level.fd, name.get(), root).ifPresent(path::push);
      }
    }
    return new UpperUsage(Math.round(bytes), Math.round(inodes));
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

  /** What was a folder a moment ago may be anything by now. */
  private Optional<Level> enter(Fd dir, String name, FileStatus root) {
    try {
      Fd fd = linux.openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
      if (linux.stat(fd).mountId() == root.mountId()) {
        return Optional.of(new Level(fd));
      }
      fd.close();
      return Optional.empty();
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static final class Level {

    private final Fd fd;
    private List<String> names = List.of();
    private int at;

    Level(Fd fd) {
      this.fd = fd;
    }

    Optional<String> next(LinuxSyscalls linux) {
      if (at == names.size()) {
        // One buffer at a time: the descriptor goes on where it was.
        names = linux.list(fd, 1);
        at = 0;
      }
      return at == names.size() ? Optional.empty() : Optional.of(names.get(at++));
    }
  }
}
