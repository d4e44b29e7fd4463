package top.xtlsoft.stoppablecontainer.agent.watch;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_NOFOLLOW;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;

import java.nio.file.Path;
import jnr.constants.platform.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.request.RequestRate;

/**
 * Keeps the file component from listing a folder that a pod has filled: it reads all names into
 * memory, and the agent serves other pods too.
 */
public final class FolderGuard {

  private static final Logger LOG = LoggerFactory.getLogger(FolderGuard.class);

  /** sc-exec needs two. */
  private static final int MOST_FILES = 64;

  private final LinuxSyscalls linux;
  private final RequestRate rate;

  public FolderGuard(LinuxSyscalls linux, RequestRate rate) {
    this.linux = linux;
    this.rate = rate;
  }

  /** Whether the folder may be listed: it is there and holds few files. */
  boolean mayList(Path folder) {
    try (Fd fd =
        linux.openat(
            Fd.CWD, Names.fromText(folder.toString()), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)) {
      if (linux.list(fd, MOST_FILES + 1).size() <= MOST_FILES) {
        return true;
      }
      LOG.warn("Ignored a request folder that holds too many files: {}", folder);
      return false;
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) {
        return false;
      }
      throw e;
    }
  }

  /** Whether the folder may be looked at right now; else a little later. */
  boolean mayListNow(Path folder) {
    return rate.allows(folder.toString());
  }
}
