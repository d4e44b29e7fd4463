package top.xtlsoft.stoppablecontainer.agent.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.instance.LostSnapshots;

/** How many snapshots and frozen layers lie on the node. */
public final class SnapshotMetrics implements MultiCollector {

  private final LostSnapshots snapshots;
  private final FileSystemStore store;

  public SnapshotMetrics(LostSnapshots snapshots, FileSystemStore store) {
    this.snapshots = snapshots;
    this.store = store;
  }

  @Override
  public MetricSnapshots collect() {
    return new MetricSnapshots(
        gauge("stoppablecontainer_node_snapshots", "Snapshots on the node.", snapshots.all()),
        gauge(
            "stoppablecontainer_node_layers",
            "Frozen layers on the node, which snapshots and file systems share.",
            store.listLayered().stream().mapToLong(of -> store.listLayers(of).size()).sum()),
        gauge(
            "stoppablecontainer_orphan_snapshots",
            "Snapshots on the node that the API server does not know.",
            snapshots.known().size()));
  }

  private static GaugeSnapshot gauge(String name, String help, double value) {
    return GaugeSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder().value(value).build())
        .build();
  }
}
