package top.xtlsoft.stoppablecontainer.agent;

import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/** How often something may be done for one key: some times at once, then at a steady rate. */
public final class Rate {

  private static final int MOST_KEYS = 4096;

  private final InstantSource clock;
  private final int mostAtOnce;
  private final Duration each;
  private final Map<String, Bucket> buckets =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
          return size() > MOST_KEYS;
        }
      };

  private record Bucket(long tokens, long filledMs) {}

  private Rate(InstantSource clock, int mostAtOnce, Duration each) {
    this.clock = clock;
    this.mostAtOnce = mostAtOnce;
    this.each = each;
  }

  /** How often a pod may ask. */
  public static Rate ofRequests(InstantSource clock) {
    return new Rate(clock, 20, Duration.ofMillis(200));
  }

  /**
   * How often what the agent reports may change because of what pods ask. A container that is
   * started again takes two changes, and kubelet waits ever longer before that.
   */
  public static Rate ofReports(InstantSource clock) {
    return new Rate(clock, 5, Duration.ofSeconds(5));
  }

  /** Takes one try of the key's; false when it has none left. */
  public synchronized boolean allows(String key) {
    long now = clock.millis();
    Bucket bucket = buckets.getOrDefault(key, new Bucket(mostAtOnce, now));
    long gained = Math.max(0, now - bucket.filledMs) / each.toMillis();
    long tokens = Math.min(mostAtOnce, bucket.tokens + gained);
    long filled = tokens == mostAtOnce ? now : bucket.filledMs + gained * each.toMillis();
    buckets.put(key, new Bucket(Math.max(0, tokens - 1), filled));
    return tokens > 0;
  }
}
