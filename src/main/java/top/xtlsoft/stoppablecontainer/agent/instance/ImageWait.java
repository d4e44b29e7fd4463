package top.xtlsoft.stoppablecontainer.agent.instance;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.runtime.RecentMap;

/**
 * The first reports of new file systems, which wait for the image that they are made from: kubelet
 * reports the image a moment after the mount, and both are one write then.
 */
final class ImageWait {

  static final Duration AT_MOST = Duration.ofSeconds(2);

  /** An instance that is forgotten waits once more. */
  private static final int MAX_INSTANCES = 1024;

  private final LongSupplier nanoTime;

  /** By UID of an instance, since when it waits. */
  private final Map<String, Long> since = RecentMap.ofMax(MAX_INSTANCES);

  ImageWait(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Time left for a first report that says nothing but that the file system is mounted.
   *
   * @param uid UID of the instance
   * @param now its report
   * @param old the report that the API server has
   * @return empty when the report waits for nothing
   */
  Optional<Duration> left(String uid, AgentReport now, @Nullable AgentReport old) {
    AgentReport.Mount mount = now.mount();
    if (old != null
        || mount == null
        || !Boolean.TRUE.equals(mount.mounted())
        || !now.equals(
            new AgentReport(
                new AgentReport.Mount(true, mount.bootID(), null), null, null, now.size(), null))) {
      since.remove(uid);
      return Optional.empty();
    }
    long time = nanoTime.getAsLong();
    long began = since.computeIfAbsent(uid, _ -> time);
    return Optional.of(AT_MOST.minusNanos(time - began)).filter(Duration::isPositive);
  }

  /** Whether the report of an instance waits. */
  boolean has(String uid) {
    return since.containsKey(uid);
  }
}
