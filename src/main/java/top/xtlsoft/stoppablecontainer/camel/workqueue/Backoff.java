package top.xtlsoft.stoppablecontainer.camel.workqueue;

import java.time.Duration;

/**
 * How long a key that failed is held back: {@code first}, then twice as long each time, at most
 * {@code most}.
 *
 * @param first after the first failure
 * @param most at most
 */
public record Backoff(Duration first, Duration most) {

  public Backoff {
    if (first.isNegative() || first.isZero() || most.compareTo(first) < 0) {
      throw new IllegalArgumentException(
          "back-off must satisfy 0 < first <= most: " + first + ", " + most);
    }
  }

  /**
   * The delay before the next try.
   *
   * @param failures how often the key has failed in a row, at least 1
   */
  public Duration delay(int failures) {
    // 2^30 times the least delay is past any bound, and doubling on would overflow.
    long factor = 1L << Math.min(failures - 1, 30);
    if (most.dividedBy(first) <= factor) {
      return most;
    }
    return first.multipliedBy(factor);
  }
}
