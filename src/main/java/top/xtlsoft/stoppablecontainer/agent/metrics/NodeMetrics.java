package top.xtlsoft.stoppablecontainer.agent.metrics;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.agent.filesystem.UpperMeter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.UpperUsage;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.process.MountEntry;
import top.xtlsoft.stoppablecontainer.agent.process.MountInfo;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;

/**
 * What is on the node: mounts, and what each instance has written. Put together when somebody
 * scrapes, from what is known by then, so that nothing is kept of instances that are gone; it
 * counts no files.
 */
public final class NodeMetrics implements MultiCollector {

  /** Some 200 bytes a mount; pods can make the kernel write megabytes, and the heap has 64 MiB. */
  private static final int MOST_BYTES = 1 << 20;

  private final LinuxSyscalls linux;
  private final AgentInstances instances;
  private final UpperMeter meter;

  public NodeMetrics(LinuxSyscalls linux, AgentInstances instances, UpperMeter meter) {
    this.linux = linux;
    this.instances = instances;
    this.meter = meter;
  }

  @Override
  public MetricSnapshots collect() {
    List<StoppableContainerInstance> all = instances.all();
    return new MetricSnapshots(
        GaugeSnapshot.builder()
            .name("stoppablecontainer_mounts")
            .help("File systems of instances that are mounted on the node.")
            .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder().value(mounts(all)).build())
            .build(),
        upper(
            all,
            "stoppablecontainer_upper_bytes",
            "Bytes on the node's disk that an instance's changes to its image take: counted when it"
                + " stops, and every hour while it runs.",
            Unit.BYTES,
            UpperUsage::bytes,
            AgentReport::upperBytes),
        upper(
            all,
            "stoppablecontainer_upper_inodes",
            "Inodes of these.",
            null,
            UpperUsage::inodes,
            AgentReport::upperInodes));
  }

  /**
   * In the mount namespace of the node's PID 1, which no pod can mount in. A prefix may be reached
   * through a symlink, so that only the ends of the paths are known.
   */
  private long mounts(List<StoppableContainerInstance> all) {
    Set<String> known =
        all.stream()
            .map(StoppableContainerInstance::getMetadata)
            .map(meta -> meta.getNamespace() + "/" + meta.getName() + "/rootfs")
            .collect(Collectors.toSet());
    try (Fd fd = linux.openat(Fd.CWD, "/proc/1/mountinfo", Linux.O_RDONLY, 0)) {
      return MountInfo.parse(new String(linux.read(fd, MOST_BYTES), ISO_8859_1)).entries().stream()
          .filter(mount -> mount.type().equals("overlay"))
          .map(MountEntry::mountPoint)
          .distinct()
          .filter(path -> known.contains(lastThree(path)))
          .count();
    }
  }

  private static String lastThree(String path) {
    int at = path.length();
    for (int i = 0; i < 3 && at > 0; i++) {
      at = path.lastIndexOf('/', at - 1);
    }
    return path.substring(at + 1);
  }

  private GaugeSnapshot upper(
      List<StoppableContainerInstance> all,
      String name,
      String help,
      @Nullable Unit unit,
      Function<UpperUsage, Long> counted,
      Function<AgentReport, @Nullable Long> reported) {
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
    if (unit != null) {
      gauge.unit(unit);
    }
    for (StoppableContainerInstance instance : all) {
      meter
          .usage(instance.getMetadata().getUid())
          .map(counted)
          .or(() -> report(instance).map(reported))
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

  private static Optional<AgentReport> report(StoppableContainerInstance instance) {
    return Optional.ofNullable(instance.getStatus()).map(StoppableContainerInstanceStatus::agent);
  }
}
