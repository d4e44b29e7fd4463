package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_NOFOLLOW;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/**
 * Looks up names in the folders of layers, as an overlay does in which a name never stands for
 * another one: ovl_lookup() of the kernel's fs/overlayfs/namei.c.
 */
final class LayerNames {

  private static final String OPAQUE = "trusted.overlay.opaque";
  private static final byte[] YES = "y".getBytes(US_ASCII);

  private final LinuxSyscalls linux;

  LayerNames(LinuxSyscalls linux) {
    this.linux = linux;
  }

  /** What has that name in one folder. */
  Optional<FileStatus> status(Fd dir, String name) {
    try {
      return Optional.of(linux.statAt(dir, name));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Opens a folder that lies in another one. */
  Fd open(Fd dir, String name) {
    return linux.openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
  }

  /** Whether a folder hides those of its name in the layers below. */
  boolean isOpaque(Fd folder) {
    return linux.listXattrs(folder).contains(OPAQUE)
        && Arrays.equals(linux.getXattr(folder, OPAQUE), YES);
  }

  /** Has a folder hide those of its name in the layers below. */
  void makeOpaque(Fd folder) {
    linux.setXattr(folder, OPAQUE, YES);
  }

  static boolean isWhiteout(FileStatus status) {
    return status.isCharacterDevice() && status.rdev() == 0;
  }

  /**
   * Opens the folders that make up a folder of a merged one. The caller closes them.
   *
   * @param dirs those that make up the merged one, topmost first
   */
  List<Fd> enter(List<Fd> dirs, String name) {
    List<Fd> entered = new ArrayList<>();
    try {
      for (Fd dir : dirs) {
        Optional<FileStatus> its = status(dir, name);
        if (its.isPresent() && !its.get().isDirectory()) {
          break;
        }
        if (its.isPresent()) {
          Fd folder = open(dir, name);
          entered.add(folder);
          if (isOpaque(folder)) {
            break;
          }
        }
      }
      return entered;
    } catch (RuntimeException e) {
      entered.forEach(Fd::close);
      throw e;
    }
  }

  /**
   * The folder that has what a merged one shows by a name that is no folder.
   *
   * @return empty if none of them has it
   */
  Optional<Fd> find(List<Fd> dirs, String name) {
    for (Fd dir : dirs) {
      Optional<FileStatus> its = status(dir, name);
      if (its.isPresent()) {
        return isWhiteout(its.get()) || its.get().isDirectory()
            ? Optional.empty()
            : Optional.of(dir);
      }
    }
    return Optional.empty();
  }
}
