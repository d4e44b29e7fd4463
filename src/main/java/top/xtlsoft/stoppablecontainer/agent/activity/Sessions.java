package top.xtlsoft.stoppablecontainer.agent.activity;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.ContainerProcess;

/**
 * The sessions in a container: {@code kubectl exec} and {@code kubectl attach}.
 *
 * <p>The runtime starts a program in a container from outside, so the parent of a session's first
 * process is no process of the container and, except with {@code hostPID}, in another PID
 * namespace. In a pod with a shared one, the parent of a process that lost its own is the pod's
 * first process, which is in the same namespace. The oldest such process is the container's
 * program.
 *
 * <p>A session without a terminal counts as long as it lives. A terminal counts by the times of its
 * last input and output, which the kernel keeps to eight seconds (tty_update_time() of its
 * drivers/tty/tty_io.c).
 */
final class Sessions {

  /** A probe that kubelet executes is over by then; its default is one second. */
  static final int YOUNG_TICKS = 500;

  /** Descriptors that show a session's terminal: input, output, errors. */
  private static final int STANDARD_DESCRIPTORS = 3;

  private final LinuxSyscalls linux;

  /**
   * What a look has found.
   *
   * @param inUse how many sessions count
   * @param isTyped whether someone has typed in the terminal of the container's program
   * @param isNew whether one was started so shortly before that it may be a probe
   */
  record Seen(int inUse, boolean isTyped, boolean isNew) {}

  Sessions(LinuxSyscalls linux) {
    this.linux = linux;
  }

  /** The program of the container, if it runs. */
  static Optional<ContainerProcess> program(List<ContainerProcess> processes) {
    return fromOutside(processes).stream()
        .min(
            Comparator.comparingLong(ContainerProcess::startTicks)
                .thenComparingInt(ContainerProcess::pid));
  }

  private static List<ContainerProcess> fromOutside(List<ContainerProcess> processes) {
    Set<Integer> pids =
        processes.stream().map(ContainerProcess::pid).collect(Collectors.toUnmodifiableSet());
    return processes.stream()
        .filter(process -> !process.hasEnded() && !pids.contains(process.parent()))
        .toList();
  }

  /**
   * Looks at a container's sessions.
   *
   * @param nowTicks time since the boot, in hundredths of a second
   * @param since a terminal whose last input and output are older does not count
   */
  Seen look(List<ContainerProcess> processes, long nowTicks, Instant since) {
    Optional<ContainerProcess> program = program(processes);
    List<ContainerProcess> sessions =
        fromOutside(processes).stream()
            .filter(process -> !program.equals(Optional.of(process)) && isSession(process))
            .toList();
    return new Seen(
        (int)
            sessions.stream()
                .filter(session -> nowTicks - session.startTicks() >= YOUNG_TICKS)
                .filter(session -> isInUse(session, since, FileStatus::lastUseSeconds))
                .count(),
        program
            .filter(process -> process.terminal() != 0)
            .filter(process -> isInUse(process, since, FileStatus::atimeSeconds))
            .isPresent(),
        sessions.stream().anyMatch(session -> nowTicks - session.startTicks() < YOUNG_TICKS));
  }

  private boolean isSession(ContainerProcess process) {
    Optional<FileStatus> own = pidNamespace(process.pid());
    if (own.isEmpty()) {
      return false;
    }
    boolean isOfNode = pidNamespace(1).filter(own.get()::sameFile).isPresent();
    return isOfNode || pidNamespace(process.parent()).filter(own.get()::sameFile).isEmpty();
  }

  /** Empty when the process has ended, or its number is 0 as that of a parent out of sight. */
  private Optional<FileStatus> pidNamespace(int pid) {
    return look("/proc/" + pid + "/ns/pid");
  }

  /** A terminal that is not among its standard descriptors can't be looked at, and so counts. */
  private boolean isInUse(
      ContainerProcess process, Instant since, ToLongFunction<FileStatus> seconds) {
    if (process.terminal() == 0) {
      return true;
    }
    boolean isSeen = false;
    for (int i = 0; i < STANDARD_DESCRIPTORS; i++) {
      Optional<FileStatus> terminal =
          look("/proc/" + process.pid() + "/fd/" + i)
              .filter(file -> file.rdev() == process.terminal());
      if (terminal.isPresent()) {
        isSeen = true;
        if (seconds.applyAsLong(terminal.get()) >= since.getEpochSecond()) {
          return true;
        }
      }
    }
    return !isSeen;
  }

  /** No server is asked, so a file of the container's keeps no look waiting. */
  private Optional<FileStatus> look(String path) {
    try {
      return Optional.of(linux.look(Fd.CWD, path));
    } catch (SyscallException endedOrClosed) {
      return Optional.empty();
    }
  }
}
