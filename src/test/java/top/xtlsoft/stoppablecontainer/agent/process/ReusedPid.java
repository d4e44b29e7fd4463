package top.xtlsoft.stoppablecontainer.agent.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Starts processes under numbers that others had before them. */
public final class ReusedPid {

  /** The number that this PID namespace gave last, see proc_sys_kernel(5). */
  private static final Path LAST = Path.of("/proc/sys/kernel/ns_last_pid");

  /** A thread of this program may take the number first, for a moment or for good. */
  private static final int TRIES = 200;

  private static final int ROUNDS = 5;

  /** Starts a process. */
  @FunctionalInterface
  public interface Start {
    Process start() throws IOException;
  }

  /** What is done with a process, and with another one that has its number afterwards. */
  @FunctionalInterface
  public interface Round {
    void run() throws Exception;
  }

  /** A thread of this program keeps the number. */
  private static final class TakenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TakenException(long pid) {
      super("no process could be given the number " + pid);
    }
  }

  private ReusedPid() {}

  /** Begins anew, with another number, where a thread of this program keeps the one before. */
  public static void inRounds(Round round) throws Exception {
    for (int i = 1; ; i++) {
      try {
        round.run();
        return;
      } catch (TakenException e) {
        if (i == ROUNDS) {
          throw e;
        }
      }
    }
  }

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
    throw new TakenException(pid);
  }
}
