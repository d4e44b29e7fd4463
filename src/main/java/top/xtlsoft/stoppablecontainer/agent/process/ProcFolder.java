package top.xtlsoft.stoppablecontainer.agent.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/**
 * The node's processes, by number: they come and go while they are looked at, and one that can't be
 * looked at must not keep the others from being.
 */
final class ProcFolder {

  private static final String PROC = "/proc";
  private static final String NUMBERS = "[0-9]*";
  private static final int MOST_CGROUP_BYTES = 64 << 10;

  private ProcFolder() {}

  /** Numbers of all processes. */
  static List<Integer> processes() {
    try {
      return numbers(Path.of(PROC));
    } catch (IOException e) {
      throw new UncheckedIOException("can't list processes", e);
    }
  }

  /** Numbers of a process' threads; none when it has ended. */
  static List<Integer> threads(int pid) {
    try {
      return numbers(Path.of(PROC, Integer.toString(pid), "task"));
    } catch (IOException endedMeanwhile) {
      return List.of();
    }
  }

  /** A process' cgroup, empty when it has ended. */
  static Optional<PodCgroup> cgroup(LinuxSyscalls linux, int pid) {
    try (Fd file = linux.openat(Fd.CWD, PROC + "/" + pid + "/cgroup", Linux.O_RDONLY, 0)) {
      return Optional.of(cgroup(linux, file));
    } catch (SyscallException e) {
      if (hasEnded(e)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** What an open cgroup file says. */
  static PodCgroup cgroup(LinuxSyscalls linux, Fd file) {
    return PodCgroup.parse(new String(linux.read(file, MOST_CGROUP_BYTES), ISO_8859_1));
  }

  /** Whether a call failed because its process has ended. */
  static boolean hasEnded(SyscallException e) {
    return e.is(Errno.ESRCH, Errno.ENOENT);
  }

  private static List<Integer> numbers(Path folder) throws IOException {
    List<Integer> numbers = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, NUMBERS)) {
      all.forEach(path -> numbers.add(Integer.parseInt(path.getFileName().toString())));
    } catch (NoSuchFileException endedMeanwhile) {
      return List.of();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return numbers;
  }
}
