package top.xtlsoft.stoppablecontainer.e2e.support;

import java.time.Duration;
import java.time.Instant;

/** Prints the steps of a test; each line has the test's name, because tests run in parallel. */
public final class Steps {

  private record Running(String test, Instant since) {}

  private static final int LONGEST = 120;

  private static final ThreadLocal<Running> RUNNING = new ThreadLocal<>();

  private Steps() {}

  /** Prints the next step, with the time since the test began. */
  public static void step(String format, Object... arguments) {
    Running running = RUNNING.get();
    String text = arguments.length == 0 ? format : format.formatted(arguments);
    if (running == null) {
      System.out.println("e2e: " + text);
      return;
    }
    double seconds = Duration.between(running.since(), Instant.now()).toMillis() / 1000.0;
    System.out.printf("%6.1fs %s: %s%n", seconds, running.test(), text);
  }

  static String shortened(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
  }

  static void begin(String test) {
    RUNNING.set(new Running(test, Instant.now()));
    step("begins");
  }

  static void end() {
    step("ends");
    RUNNING.remove();
  }
}
