package top.xtlsoft.stoppablecontainer.agent.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Starts processes under numbers that others had before them. */
public final class ReusedPid {

  /** The number that this PID namespace gave last, see proc_sys_kernel(5). */
  private static final Path LAST = Path.of("/proc/sys/kernel/ns_last_pid");

  /** A thread of this program may take the number first. */
  private static final int TRIES = 200;

  /** Starts a process. */
  @FunctionalInterface
  public interface Start {
    Process start() throws IOException;
  }

  private ReusedPid() {}

  /** Starts a process of that number, which must be free. */
  public static Process start(long pid, Start start) throws IOException {
    for (int i = 0; i < TRIES; i++) {
      Files.writeString(LAST, Long.toString(pid - 1));
      Process process = start.start();
      if (process.pid() == pid) {
        return process;
      }
      process.destroyForcibly().onExit().join();
    }
    throw new IllegalStateException("no process could be given the number " + pid);
  }
}
