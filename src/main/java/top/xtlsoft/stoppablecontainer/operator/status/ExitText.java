package top.xtlsoft.stoppablecontainer.operator.status;

import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import java.util.Map;
import java.util.Optional;

/** Describes the end of a container in words. */
final class ExitText {

  /** As in a shell, a larger exit code is this number plus the number of a signal. */
  private static final int SIGNALLED = 128;

  private static final int LAST_SIGNAL = 64;

  /** Signals that end containers, by their numbers on Linux (signal(7)). */
  private static final Map<Integer, String> SIGNALS =
      Map.of(
          1, "SIGHUP", 2, "SIGINT", 3, "SIGQUIT", 4, "SIGILL", 6, "SIGABRT", 7, "SIGBUS", 8,
          "SIGFPE", 9, "SIGKILL", 11, "SIGSEGV", 15, "SIGTERM");

  private ExitText() {}

  /** {@code with exit code 137 (OOMKilled, SIGKILL): the container's last words}. */
  static String of(ContainerStateTerminated end) {
    String reason = end.getReason();
    String how =
        Optional.ofNullable(reason)
                // The exit code says the same.
                .filter(r -> !r.equals("Error") && !r.equals("Completed"))
                .orElse("")
            + signal(end)
                .map(number -> SIGNALS.getOrDefault(number, "signal " + number))
                .map(name -> reason == null || reason.equals("Error") ? name : ", " + name)
                .orElse("");
    String message = end.getMessage();
    return "with exit code "
        + end.getExitCode()
        + (how.isEmpty() ? "" : " (" + how + ")")
        + (message == null || message.isBlank() ? "" : ": " + message.strip());
  }

  /** The same with the time, if it is known: for an end that is final. */
  static String withTime(ContainerStateTerminated end) {
    String at = end.getFinishedAt();
    return (at == null ? "" : "at " + at + " ") + of(end);
  }

  /** A remedy, in addition to the container's output; empty or a sentence. */
  static String advice(ContainerStateTerminated end) {
    return "OOMKilled".equals(end.getReason())
        ? " It took more memory than its limit: raise resources.limits.memory."
        : "";
  }

  /** Number of the signal that ended it; most runtimes report it only in the exit code. */
  static Optional<Integer> signal(ContainerStateTerminated end) {
    Integer signal = end.getSignal();
    if (signal != null && signal > 0) {
      return Optional.of(signal);
    }
    Integer code = end.getExitCode();
    return code != null && code > SIGNALLED && code <= SIGNALLED + LAST_SIGNAL
        ? Optional.of(code - SIGNALLED)
        : Optional.empty();
  }
}
