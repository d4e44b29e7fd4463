package top.xtlsoft.stoppablecontainer.agent.activity;

import java.time.Duration;
import java.time.Instant;

/**
 * How often a container is looked at: eight times in its idle time, between 2 and 128 seconds. It
 * is a power of two, and counted from the epoch, so that containers are looked at together: one
 * walk over the node's processes serves all.
 */
final class LookInterval {

  static final long SHORTEST_SECONDS = 2;
  static final long LONGEST_SECONDS = 128;

  private static final int LOOKS = 8;

  private LookInterval() {}

  /** The interval for containers that are idle for so long before they are stopped. */
  static Duration of(Duration after) {
    long wanted = Math.clamp(after.toSeconds() / LOOKS, SHORTEST_SECONDS, LONGEST_SECONDS);
    return Duration.ofSeconds(Long.highestOneBit(wanted));
  }

  /** Whether a container that was looked at then is to be looked at now. */
  static boolean isDue(Instant last, Instant now, Duration interval) {
    return number(last, interval) != number(now, interval);
  }

  private static long number(Instant time, Duration interval) {
    return Math.floorDiv(time.getEpochSecond(), interval.toSeconds());
  }
}
