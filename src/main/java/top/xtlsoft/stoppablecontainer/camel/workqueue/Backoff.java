package top.xtlsoft.stoppablecontainer.camel.workqueue;

import java.time.Duration;

/**
 * Delay before a failed key is retried: {@code first}, doubled with each failure, up to {@code
 * max}.
 *
 * @param first delay after the first failure
 * @param max longest delay
 */
public record Backoff(Duration first, Duration max) {

  public Backoff {
    if (first.isNegative() || first.isZero() || max.compareTo(first) < 0) {
      throw new IllegalArgumentException(
          "back-off must satisfy 0 < first <= max: " + first + ", " + max);
    }
  }

  /**
   * The delay before the next attempt.
   *
   * @param failures consecutive failures of the key, at least 1
   */
  public Duration delay(int failures) {
    // 2^30 times the first delay exceeds any limit; a larger shift could overflow.
    long factor = 1L << Math.min(failures - 1, 30);
    if (max.dividedBy(first) <= factor) {
      return max;
    }
    return first.multipliedBy(factor);
  }
}
