package top.xtlsoft.stoppablecontainer.agent.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
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
  private static final int MOST_CGROUP_BYTES = 64 << 10;

  private ProcFolder() {}

  /** Numbers of all processes. */
  static List<Integer> processes() {
    return numbers(new File(PROC))
        .orElseThrow(() -> new UncheckedIOException(new IOException("can't list processes")));
  }

  /** Numbers of a process' threads; none when it has ended. */
  static List<Integer> threads(int pid) {
    return numbers(new File(PROC + "/" + pid + "/task")).orElse(List.of());
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

  /** Empty when the folder can't be listed. */
  private static Optional<List<Integer>> numbers(File folder) {
    return Optional.ofNullable(folder.list())
        .map(
            names ->
                Arrays.stream(names)
                    .filter(name -> Character.isDigit(name.charAt(0)))
                    .map(Integer::valueOf)
                    .toList());
  }
}
