package top.xtlsoft.stoppablecontainer.agent.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.agent.filesystem.Orphan;

/** What is set aside on the node, so that an alert can remind an administrator of it. */
public final class OrphanMetrics implements MultiCollector {

  private final Supplier<List<Orphan>> known;
  private final Clock clock;

  public OrphanMetrics(Supplier<List<Orphan>> known, Clock clock) {
    this.known = known;
    this.clock = clock;
  }

  @Override
  public MetricSnapshots collect() {
    List<Orphan> orphans = known.get();
    return new MetricSnapshots(
        gauge(
            "stoppablecontainer_orphans",
            "File systems that are set aside on the node, because the API server knows no instance"
                + " of theirs.",
            null,
            orphans.size()),
        gauge(
            "stoppablecontainer_orphans_bytes",
            "Bytes on the node's disk that these take.",
            Unit.BYTES,
            orphans.stream()
                .map(orphan -> orphan.setAside().bytes())
                .filter(Objects::nonNull)
                .mapToLong(Long::longValue)
                .sum()),
        gauge(
            "stoppablecontainer_orphans_oldest_seconds",
            "Time since the first of these was set aside; 0 when there is none.",
            Unit.SECONDS,
            orphans.stream()
                .mapToLong(orphan -> Duration.between(orphan.since(), clock.instant()).toSeconds())
                .max()
                .orElse(0)));
  }

  private static GaugeSnapshot gauge(String name, String help, @Nullable Unit unit, double value) {
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
    if (unit != null) {
      gauge.unit(unit);
    }
    return gauge
        .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder().value(value).build())
        .build();
  }
}
