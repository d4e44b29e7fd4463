package top.xtlsoft.stoppablecontainer.e2e.soak;

import java.time.Duration;

/**
 * A moment that waits don't outlive.
 *
 * @param nanoTime on the clock of {@link System#nanoTime()}
 */
record Deadline(long nanoTime) {

  static Deadline in(Duration time) {
    return new Deadline(System.nanoTime() + time.toNanos());
  }

  boolean over() {
    return System.nanoTime() - nanoTime >= 0;
  }
}
