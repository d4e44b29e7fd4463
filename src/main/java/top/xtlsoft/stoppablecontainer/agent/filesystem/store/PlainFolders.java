package top.xtlsoft.stoppablecontainer.agent.filesystem.store;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_IN_ROOT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_MAGICLINKS;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_STRICT;

import java.util.List;
import java.util.Optional;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/**
 * Opens, makes and removes folders of the node. The administrator may reach a prefix through
 * symlinks; below it only plain folders are entered, each step relative to the one before.
 */
final class PlainFolders {

  private static final int MAX_NAMES = 100_000;

  private final LinuxSyscalls linux;

  PlainFolders(LinuxSyscalls linux) {
    this.linux = linux;
  }

  /** Opens the folder at an absolute path below a root, if there is one; symlinks are followed. */
  Optional<Fd> openPath(Fd root, String path) {
    try {
      return Optional.of(
          linux.openat2(
              root,
              Names.beneathRoot(path),
              O_PATH | O_DIRECTORY,
              0,
              RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Opens the folder at an absolute path below a root; makes the parts that are missing. */
  Fd makePath(Fd root, String path) {
    long resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    String soFar = "";
    Fd current = linux.openat2(root, ".", O_PATH | O_DIRECTORY, 0, resolve);
    for (String part : Names.beneathRoot(path).split("/")) {
      soFar = soFar.isEmpty() ? part : soFar + "/" + part;
      try (Fd above = current) {
        current = openOrMake(root, soFar, resolve, above, part);
      }
    }
    return current;
  }

  /** Opens a folder below another; empty when there is none (a symlink is none). */
  Optional<Fd> open(Fd dir, String path) {
    try {
      return Optional.of(linux.openat2(dir, path, O_PATH | O_DIRECTORY, 0, RESOLVE_STRICT));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Opens a folder in another; makes it if it is missing. */
  Fd make(Fd dir, String name) {
    return openOrMake(dir, name, RESOLVE_STRICT, dir, name);
  }

  private Fd openOrMake(Fd from, String path, long resolve, Fd above, String name) {
    try {
      return linux.openat2(from, path, O_PATH | O_DIRECTORY, 0, resolve);
    } catch (SyscallException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
    try {
      linux.mkdirat(above, name, 0700);
    } catch (SyscallException e) {
      // Two instances may make the folder of their namespace at the same time.
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
    }
    return linux.openat2(from, path, O_PATH | O_DIRECTORY, 0, resolve);
  }

  /** The first names in a folder, as many as an honest folder can have; none once it is removed. */
  List<String> names(Fd dir) {
    try (Fd readable = linux.openat(dir, ".", O_RDONLY | O_DIRECTORY, 0)) {
      return linux.list(readable, MAX_NAMES);
    } catch (SyscallException e) {
      // Removed since it was opened: getdents(2) and openat(2) say so.
      if (e.is(Errno.ENOENT)) {
        return List.of();
      }
      throw e;
    }
  }

  /** Whether a name is a folder. */
  boolean isFolder(Fd dir, String name) {
    try (Fd folder = open(dir, name).orElse(null)) {
      return folder != null;
    }
  }

  /** Removes a file, if it is there. */
  void removeFile(Fd dir, String name) {
    try {
      linux.unlinkat(dir, name, false);
    } catch (SyscallException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
  }

  /**
   * Removes an empty folder; one that is in use or not there is left alone. So is one that
   * something is mounted on: the kernel refuses to remove that in the mount namespace of the caller
   * alone, which is not the node's, and takes the mount away with it.
   */
  void removeIfEmpty(Fd dir, String name) {
    try (Fd folder = open(dir, name).orElse(null)) {
      if (folder == null || linux.stat(folder).mountRoot()) {
        return;
      }
    }
    try {
      linux.unlinkat(dir, name, true);
    } catch (SyscallException e) {
      if (!e.is(Errno.ENOENT, Errno.ENOTEMPTY, Errno.EEXIST, Errno.EBUSY)) {
        throw e;
      }
    }
  }

  /** Brings the names in a folder to disk. */
  void fsync(Fd folder) {
    try (Fd readable = linux.openat(folder, ".", O_RDONLY | O_DIRECTORY, 0)) {
      linux.fsync(readable);
    }
  }
}
