package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_CREAT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_EXCL;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_NOFOLLOW;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_WRONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_IN_ROOT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_MAGICLINKS;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_XDEV;

import java.util.List;
import java.util.Optional;
import jnr.constants.platform.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.ResetIdentity;

/**
 * Removes the files of a clone by which its source is known. They go from the mounted file system,
 * so that the overlay makes the whiteouts and copies the folders up; the layers stay as they are. A
 * symlink on the way leads to another file of the clone at most: the kernel resolves it below the
 * clone's root.
 */
final class IdentityResetter {

  private static final Logger LOG = LoggerFactory.getLogger(IdentityResetter.class);

  private static final long BELOW_ROOT = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  private static final int READABLE = 0444;

  private final LinuxSyscalls linux;

  IdentityResetter(LinuxSyscalls linux) {
    this.linux = linux;
  }

  /**
   * Removes what the record of a mounted file system names. The record forgets the files when all
   * of them are gone from the disk, so one that was cut off begins again.
   *
   * @throws RefusedException IdentityNotReset if one is a folder, or can't be removed
   */
  void reset(InstanceFolder folder, FolderRecord record) {
    if (record.reset().isEmpty()) {
      return;
    }
    try (Fd root = folder.mountedRoot().orElseThrow()) {
      record.reset().forEach(path -> reset(root, path));
    }
    folder.sync();
    folder.write(record.withReset(List.of()));
    LOG.info("Identity reset: folder={} files={}", folder.place(), record.reset().size());
  }

  private void reset(Fd root, String path) {
    String relative = Names.beneathRoot(Names.fromText(path));
    int slash = relative.lastIndexOf('/');
    try (Fd parent = parent(root, slash < 0 ? "." : relative.substring(0, slash)).orElse(null)) {
      if (parent != null) {
        reset(parent, relative.substring(slash + 1), path);
      }
    }
  }

  /** The folder of a file; empty where there is none, and so no file. */
  private Optional<Fd> parent(Fd root, String path) {
    try {
      return Optional.of(linux.openat2(root, path, O_PATH | O_DIRECTORY, 0, BELOW_ROOT));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP, Errno.ENAMETOOLONG)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private void reset(Fd parent, String name, String path) {
    try {
      linux.unlinkat(parent, name, false);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT, Errno.ENAMETOOLONG)) {
        return;
      }
      if (e.is(Errno.EISDIR, Errno.EPERM)) {
        throw new RefusedException(
            AgentReason.IDENTITY_NOT_RESET,
            "the clone can't lose " + path + ": it is a folder, or it is immutable in the source");
      }
      throw e;
    }
    if (path.equals(ResetIdentity.MACHINE_ID)) {
      linux.openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, READABLE).close();
    }
  }
}
