package top.xtlsoft.stoppablecontainer.agent.request;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import top.xtlsoft.stoppablecontainer.runtime.RecentMap;

/** How often one pod may ask: some times at once, then five times a second. */
public final class RequestRate {

  private static final int MOST_AT_ONCE = 20;
  private static final Duration EACH = Duration.ofMillis(200);
  private static final int MOST_PODS = 4096;

  private final InstantSource clock;
  private final Map<String, Bucket> buckets = RecentMap.ofMax(MOST_PODS);

  private record Bucket(long tokens, long filledMs) {}

  public RequestRate(InstantSource clock) {
    this.clock = clock;
  }

  /** Takes one try of the pod's; false when it has none left. */
  public synchronized boolean allows(String podUid) {
    long now = clock.millis();
    Bucket bucket = buckets.getOrDefault(podUid, new Bucket(MOST_AT_ONCE, now));
    long gained = Math.max(0, now - bucket.filledMs) / EACH.toMillis();
    long tokens = Math.min(MOST_AT_ONCE, bucket.tokens + gained);
    long filled = tokens == MOST_AT_ONCE ? now : bucket.filledMs + gained * EACH.toMillis();
    buckets.put(podUid, new Bucket(Math.max(0, tokens - 1), filled));
    return tokens > 0;
  }
}
