package top.xtlsoft.stoppablecontainer.agent.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/**
 * Looks for processes of pods that live in a file system. A pod that was deleted by force is gone
 * from the API while its processes may still write.
 */
public final class PodProcesses {

  private static final String NUMBERS = "[0-9]*";
  private static final int MOST_CGROUP_BYTES = 64 << 10;

  private final LinuxSyscalls linux;

  public PodProcesses(LinuxSyscalls linux) {
    this.linux = linux;
  }

  /** Number of a pod's process whose root is on that device, if there is one. */
  public Optional<Integer> onDevice(long device) {
    return find(device, PodCgroup::isOfAnyPod);
  }

  /** The same, of any pod but that one. */
  public Optional<Integer> ofOthersOnDevice(long device, String podUid) {
    return find(device, cgroup -> cgroup.isOfAnyPod() && !cgroup.isOf(podUid));
  }

  private Optional<Integer> find(long device, Predicate<PodCgroup> wantedCgroup) {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), NUMBERS)) {
      for (Path process : all) {
        if (isOrHolds(process, device, wantedCgroup)) {
          return Optional.of(Integer.parseInt(process.getFileName().toString()));
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("can't list processes", e);
    }
  }

  /**
   * Whether the process' first thread, or one of the others, is wanted. A first thread that has
   * ended (pthread_exit in main) has no root any more, and in a hierarchy of cgroup v1 it is shown
   * at the top even before: what the others can still do is seen at them alone.
   */
  private boolean isOrHolds(Path process, long device, Predicate<PodCgroup> wantedCgroup)
      throws IOException {
    Optional<FileStatus> root = root(process);
    if (root.isPresent() && root.get().dev() != device) {
      return false;
    }
    if (root.isPresent() && is(process, device, wantedCgroup)) {
      return true;
    }
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(process.resolve("task"), NUMBERS)) {
      for (Path thread : threads) {
        if (is(thread, device, wantedCgroup)) {
          return true;
        }
      }
      return false;
    } catch (NoSuchFileException endedMeanwhile) {
      return false;
    }
  }

  /** Most processes live elsewhere, and to hold on to each costs more than this look. */
  private Optional<FileStatus> root(Path process) {
    try {
      return Optional.of(linux.stat(Fd.CWD, process + "/root"));
    } catch (SyscallException e) {
      return endedOr(e);
    }
  }

  /** Both are read through one folder, so that they are of one thread and not of its successor. */
  private boolean is(Path thread, long device, Predicate<PodCgroup> wantedCgroup) {
    try (Fd folder = linux.openat(Fd.CWD, thread.toString(), Linux.O_PATH | Linux.O_DIRECTORY, 0)) {
      if (linux.stat(folder, "root").dev() != device) {
        return false;
      }
      try (Fd cgroup = linux.openat(folder, "cgroup", Linux.O_RDONLY, 0)) {
        return wantedCgroup.test(
            PodCgroup.parse(new String(linux.read(cgroup, MOST_CGROUP_BYTES), ISO_8859_1)));
      }
    } catch (SyscallException e) {
      return endedOr(e).isPresent();
    }
  }

  private static Optional<FileStatus> endedOr(SyscallException e) {
    if (e.is(Errno.ESRCH, Errno.ENOENT)) {
      return Optional.empty();
    }
    throw e;
  }
}
