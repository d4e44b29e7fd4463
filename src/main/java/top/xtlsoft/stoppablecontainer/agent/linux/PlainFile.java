package top.xtlsoft.stoppablecontainer.agent.linux;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_NOCTTY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_NONBLOCK;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_XDEV;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_STRICT;

import java.util.Optional;
import jnr.constants.platform.Errno;

/** Opens a file in a folder that a pod may write to. */
public final class PlainFile {

  private static final long RESOLVE = RESOLVE_STRICT | RESOLVE_NO_XDEV;

  private PlainFile() {}

  /** What lies at the name is no small regular file. */
  public static final class NotPlainException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private NotPlainException(String what) {
      super(what, null, false, false);
    }
  }

  /**
   * Opens a small regular file for reading. Nothing is followed or waited for, and nothing but a
   * regular file is opened: to open a device or a FIFO can have an effect of its own.
   *
   * @param name of the file in the folder
   * @param mostBytes a file that is larger is not opened
   * @return empty when there is nothing of that name
   * @throws NotPlainException when there is anything else
   */
  public static Optional<Fd> open(LinuxSyscalls linux, Fd folder, String name, int mostBytes) {
    try (Fd look = linux.openat2(folder, name, O_PATH, 0, RESOLVE)) {
      FileStatus status = linux.stat(look);
      if (!status.isRegularFile() || status.sizeBytes() > mostBytes) {
        throw new NotPlainException("no small regular file");
      }
      // By the descriptor, not by the name: something else may lie there by now.
      return Optional.of(linux.reopen(look, O_RDONLY | O_NONBLOCK | O_NOCTTY));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      // A symlink, a mount, or a file that another process has a lease on.
      if (e.is(Errno.ELOOP, Errno.EXDEV, Errno.EAGAIN)) {
        throw new NotPlainException("no plain file: " + e.errno().name());
      }
      throw e;
    }
  }
}
