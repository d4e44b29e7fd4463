package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_CREAT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_EXCL;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_NOFOLLOW;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_WRONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_XDEV;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_STRICT;

import java.util.Arrays;
import java.util.Optional;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.linux.PlainFile;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/**
 * Copies one regular file, symlink or folder from a root to another, by the same path. It follows
 * no symlink, enters no mount and opens nothing that is no regular file or folder.
 */
final class FileCopier {

  private static final long RESOLVE = RESOLVE_STRICT | RESOLVE_NO_XDEV;
  private static final int COMPARED_BYTES = 1 << 16;

  private final LinuxSyscalls linux;
  private final boolean syncs;

  /**
   * @param syncs whether a copy is on the disk before the next step
   */
  FileCopier(LinuxSyscalls linux, boolean syncs) {
    this.linux = linux;
    this.syncs = syncs;
  }

  /**
   * What lies at a path; empty when that is nothing, or can't be reached without symlinks and
   * mounts.
   */
  Optional<FileStatus> look(Fd root, String path) {
    try (Fd parent = parent(root, path)) {
      FileStatus status = linux.statAt(parent, name(path));
      return Optional.of(status).filter(found -> !found.mountRoot());
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP, Errno.EXDEV, Errno.ENAMETOOLONG)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Whether the agent copies files of that kind: no devices, FIFOs and sockets. */
  static boolean copies(FileStatus status) {
    return status.isRegularFile() || status.isDirectory() || status.isSymlink();
  }

  /**
   * Whether both roots have the same there. Of two files with the same time and length it takes
   * that for granted.
   */
  boolean isSame(Fd from, FileStatus source, Fd to, FileStatus copy, String path) {
    if (source.mode() != copy.mode() || source.uid() != copy.uid() || source.gid() != copy.gid()) {
      return false;
    }
    if (source.isDirectory()) {
      return true;
    }
    if (source.isSymlink()) {
      return target(from, path).equals(target(to, path));
    }
    if (source.sizeBytes() != copy.sizeBytes()) {
      return false;
    }
    return source.mtimeSeconds() == copy.mtimeSeconds() && source.mtimeNanos() == copy.mtimeNanos()
        || hasSameContent(from, to, path, source.sizeBytes());
  }

  private String target(Fd root, String path) {
    try (Fd parent = parent(root, path)) {
      return linux.readlinkat(parent, name(path)).orElse("");
    }
  }

  /** Of files that were as long as that; a process may be writing to them. */
  private boolean hasSameContent(Fd from, Fd to, String path, long bytes) {
    try (Fd source = openFile(from, path);
        Fd copy = openFile(to, path)) {
      for (long read = 0; read <= bytes; read += COMPARED_BYTES) {
        byte[] part = linux.read(source, COMPARED_BYTES);
        if (!Arrays.equals(part, linux.read(copy, COMPARED_BYTES))) {
          return false;
        }
        if (part.length == 0) {
          return true;
        }
      }
      return linux.read(source, 1).length == 0;
    }
  }

  /**
   * Copies with owner, permissions and time of change. A regular file is there as a whole, or not
   * at all, and has at most the bytes that its status says. A folder may be there already, half
   * made.
   *
   * @param copy path of the copy
   * @throws SyscallException EEXIST if there is something in its place
   */
  void copy(Fd from, FileStatus source, String path, Fd to, String copy) {
    try (Fd parent = parent(to, copy)) {
      String name = name(copy);
      if (source.isSymlink()) {
        linux.symlinkat(target(from, path), parent, name);
        linux.chownAt(parent, name, source.uid(), source.gid());
      } else if (source.isDirectory()) {
        makeFolder(parent, name);
        try (Fd folder = linux.openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)) {
          linux.fchown(folder, source.uid(), source.gid());
          linux.fchmod(folder, source.permissions());
        }
      } else {
        copyFile(from, source, path, parent, name);
      }
    }
  }

  private void makeFolder(Fd parent, String name) {
    try {
      linux.mkdirat(parent, name, 0700);
    } catch (SyscallException e) {
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
    }
  }

  private void copyFile(Fd from, FileStatus source, String path, Fd parent, String name) {
    try (Fd original = openFile(from, path);
        Fd copy = linux.openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600)) {
      try {
        fill(original, source, copy);
      } catch (RuntimeException e) {
        removeHalf(parent, name, copy, e);
        throw e;
      }
    }
  }

  private void fill(Fd original, FileStatus source, Fd copy) {
    linux.copy(original, copy, source.sizeBytes());
    linux.fchown(copy, source.uid(), source.gid());
    linux.fchmod(copy, source.permissions());
    for (String attribute : linux.listXattrs(original)) {
      if (attribute.startsWith("user.") || attribute.equals("security.capability")) {
        linux.setXattr(copy, attribute, linux.getXattr(original, attribute));
      }
    }
    linux.setModified(copy, source.mtimeSeconds(), source.mtimeNanos());
    if (syncs) {
      linux.fsync(copy);
    }
  }

  /** Unless a process has put another file there. */
  private void removeHalf(Fd parent, String name, Fd copy, RuntimeException cause) {
    try {
      if (linux.statAt(parent, name).sameFile(linux.stat(copy))) {
        linux.unlinkat(parent, name, false);
      }
    } catch (SyscallException e) {
      cause.addSuppressed(e);
    }
  }

  /** Puts a copy in its place, over a file that is there. */
  void putInPlace(Fd root, String copy, String path) {
    try (Fd parent = parent(root, path)) {
      linux.renameat(parent, name(copy), parent, name(path));
    }
  }

  /** Removes what lies there; a folder that is not empty stays. */
  void remove(Fd root, String path, boolean directory) {
    try (Fd parent = parent(root, path)) {
      linux.unlinkat(parent, name(path), directory);
    } catch (SyscallException e) {
      if (!e.is(Errno.ENOENT, Errno.ENOTEMPTY, Errno.EEXIST, Errno.EBUSY)) {
        throw e;
      }
    }
  }

  private Fd openFile(Fd root, String path) {
    return PlainFile.open(linux, root, Names.beneathRoot(path), Integer.MAX_VALUE)
        .orElseThrow(() -> NotYetException.untilRetry("a file that is to be copied was removed"));
  }

  private Fd parent(Fd root, String path) {
    String above = Names.beneathRoot(path.substring(0, path.lastIndexOf('/')));
    return linux.openat2(root, above, O_PATH | O_DIRECTORY, 0, RESOLVE);
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
