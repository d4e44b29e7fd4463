package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_NOFOLLOW;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/**
 * Walks a tree that containers wrote and may still be changing, so it trusts nothing in it: it uses
 * names relative to an open folder only, follows no symlink, enters no mount and never goes up.
 *
 * <p>Its memory does not depend on the tree: each of at most {@link #MOST_DEPTH} levels holds one
 * descriptor and the names that one call of getdents64(2) gives (32 KiB), some 4 MB of heap in all.
 */
final class TreeWalker {

  /** Folders that are open at a time, the top among them. */
  static final int MOST_DEPTH = 64;

  private final LinuxSyscalls linux;

  /** What is done with the names of a tree. */
  interface Visitor {

    /** How the walk goes on after a name. */
    enum Next {
      GO_ON,
      ENTER,
      END
    }

    /** Looks at a name; only a folder can be entered. */
    Next visit(Fd dir, String name);

    /** Meets a folder that something is mounted on, which is not entered. */
    void mount(Fd dir, String name);

    /** Meets a folder that lies too deep to be entered. */
    void tooDeep(Fd dir, String name);

    /**
     * Leaves a folder after all of its names were visited.
     *
     * @return whether it is entered again
     */
    boolean leave(Fd dir, String name);
  }

  TreeWalker(LinuxSyscalls linux) {
    this.linux = linux;
  }

  /**
   * Visits all that lies in a folder, the folder itself excepted.
   *
   * @throws NotYetException when the thread is interrupted: the agent ends
   */
  void walk(Fd top, Visitor visitor) {
    FileStatus root = linux.stat(top);
    Deque<Level> path = new ArrayDeque<>();
    try {
      path.push(new Level(linux.openat(top, ".", O_RDONLY | O_DIRECTORY, 0), ""));
      while (!path.isEmpty() && !Thread.currentThread().isInterrupted()) {
        Level level = path.peek();
        Optional<String> name = level.next(linux);
        if (name.isEmpty()) {
          path.pop().fd.close();
          if (!path.isEmpty() && visitor.leave(path.peek().fd, level.name)) {
            enter(path, level.name, root, visitor);
          }
          continue;
        }
        switch (visitor.visit(level.fd, name.get())) {
          case GO_ON -> {}
          case ENTER -> enter(path, name.get(), root, visitor);
          case END -> {
            return;
          }
        }
      }
      if (!path.isEmpty()) {
        throw NotYetException.untilRetry("the agent ends, and a tree is not walked to its end");
      }
    } finally {
      path.forEach(level -> level.fd.close());
    }
  }

  private void enter(Deque<Level> path, String name, FileStatus root, Visitor visitor) {
    Fd dir = path.peek().fd;
    if (path.size() == MOST_DEPTH) {
      visitor.tooDeep(dir, name);
      return;
    }
    Optional<Fd> opened = open(dir, name);
    if (opened.isEmpty()) {
      return;
    }
    Level level = new Level(opened.get(), name);
    path.push(level);
    FileStatus status = linux.stat(level.fd);
    if (status.dev() != root.dev() || status.mountId() != root.mountId()) {
      path.pop().fd.close();
      visitor.mount(dir, name);
    }
  }

  /** What was a folder a moment ago may be anything by now. */
  private Optional<Fd> open(Fd dir, String name) {
    try {
      return Optional.of(linux.openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static final class Level {

    private final Fd fd;
    private final String name;
    private List<String> names = List.of();
    private int at;

    Level(Fd fd, String name) {
      this.fd = fd;
      this.name = name;
    }

    Optional<String> next(LinuxSyscalls linux) {
      if (at == names.size()) {
        names = more(linux);
        at = 0;
      }
      return at == names.size() ? Optional.empty() : Optional.of(names.get(at++));
    }

    /** One buffer at a time: the descriptor goes on where it was. */
    private List<String> more(LinuxSyscalls linux) {
      try {
        return linux.list(fd, 1);
      } catch (SyscallException e) {
        // The folder was removed since it was opened.
        if (e.is(Errno.ENOENT)) {
          return List.of();
        }
        throw e;
      }
    }
  }
}
