package top.xtlsoft.stoppablecontainer.agent.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/**
 * Looks for processes of pods that live in a file system. A pod that was deleted by force is gone
 * from the API while its processes may still write.
 */
public final class PodProcesses {

  private final LinuxSyscalls linux;

  public PodProcesses(LinuxSyscalls linux) {
    this.linux = linux;
  }

  /** Number of a pod's process whose root is on that device, if there is one. */
  public Optional<Integer> onDevice(long device) {
    return find(device, Requester::isOfAPod);
  }

  /** The same, of any pod but that one. */
  public Optional<Integer> ofOthersOnDevice(long device, String podUid) {
    return find(device, process -> process.isOfAPod() && !process.belongsTo(podUid));
  }

  private Optional<Integer> find(long device, Predicate<Requester> wanted) {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path path : all) {
        int pid = Integer.parseInt(path.getFileName().toString());
        if (livesOn(pid, device) && is(pid, device, wanted)) {
          return Optional.of(pid);
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("can't list processes", e);
    }
  }

  /** Most processes don't, and holding each costs more than this look. */
  private boolean livesOn(int pid, long device) {
    try (Fd root = linux.openat(Fd.CWD, "/proc/" + pid + "/root", Linux.O_PATH, 0)) {
      return linux.stat(root).dev() == device;
    } catch (SyscallException e) {
      // It ended meanwhile, or is a thread of the kernel's.
      if (e.is(Errno.ESRCH, Errno.ENOENT)) {
        return false;
      }
      throw e;
    }
  }

  private boolean is(int pid, long device, Predicate<Requester> wanted) {
    try (Requester process = Requester.hold(linux, pid).orElse(null)) {
      if (process == null) {
        return false;
      }
      try (Fd root = process.root()) {
        return linux.stat(root).dev() == device && wanted.test(process);
      }
    } catch (NotYetException endedMeanwhileOrThreadOfTheKernel) {
      return false;
    }
  }
}
