package top.xtlsoft.stoppablecontainer.agent.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.filesystem.UpperUsage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.instance.InstanceSizer;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;

/**
 * What is on the node: mounts, and what each instance has written. A scrape puts it together from
 * what is known by then, so that nothing is kept of instances that are gone; it counts no files.
 */
public final class NodeMetrics implements MultiCollector {

  private final AgentInstances instances;
  private final InstanceSizer sizer;
  private final FileSystemStore store;

  public NodeMetrics(AgentInstances instances, InstanceSizer sizer, FileSystemStore store) {
    this.instances = instances;
    this.sizer = sizer;
    this.store = store;
  }

  @Override
  public MetricSnapshots collect() {
    List<StoppableContainerInstance> all = instances.all();
    return new MetricSnapshots(
        GaugeSnapshot.builder()
            .name("stoppablecontainer_mounts")
            .help("File systems of instances that are mounted on the node.")
            .dataPoint(
                GaugeSnapshot.GaugeDataPointSnapshot.builder()
                    .value(all.stream().filter(this::isMounted).count())
                    .build())
            .build(),
        upper(
            all,
            "stoppablecontainer_upper_bytes",
            "Bytes on the node's disk that an instance's changes to its image take: counted when it"
                + " stops, and every hour while it runs.",
            Unit.BYTES,
            UpperUsage::bytes,
            AgentReport.Size::bytes),
        upper(
            all,
            "stoppablecontainer_upper_inodes",
            "Inodes of these.",
            null,
            UpperUsage::inodes,
            AgentReport.Size::inodes));
  }

  private boolean isMounted(StoppableContainerInstance instance) {
    try (InstanceFolder folder = store.find(Instance.of(instance)).orElse(null)) {
      return folder != null && folder.isMounted();
    }
  }

  private GaugeSnapshot upper(
      List<StoppableContainerInstance> all,
      String name,
      String help,
      @Nullable Unit unit,
      Function<UpperUsage, Long> counted,
      Function<AgentReport.Size, @Nullable Long> reported) {
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
    if (unit != null) {
      gauge.unit(unit);
    }
    for (StoppableContainerInstance instance : all) {
      sizer
          .usage(Instance.of(instance))
          .map(counted)
          .or(() -> size(instance).map(reported))
          .ifPresent(
              value ->
                  gauge.dataPoint(
                      GaugeSnapshot.GaugeDataPointSnapshot.builder()
                          .labels(
                              Labels.of(
                                  "namespace",
                                  instance.getMetadata().getNamespace(),
                                  "name",
                                  instance.getMetadata().getName()))
                          .value(value)
                          .build()));
    }
    return gauge.build();
  }

  private static Optional<AgentReport.Size> size(StoppableContainerInstance instance) {
    return Optional.ofNullable(instance.getStatus())
        .map(StoppableContainerInstanceStatus::agent)
        .map(AgentReport::size);
  }
}
