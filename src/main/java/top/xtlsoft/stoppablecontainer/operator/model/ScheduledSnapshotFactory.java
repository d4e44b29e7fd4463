package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Objects;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.SnapshotSchedule;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotSpec;

/**
 * Makes the snapshots that spec.snapshots asks for. One time has one name, so no operator makes a
 * second one for it.
 */
public final class ScheduledSnapshotFactory {

  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("-yyyyMMdd-HHmm").withZone(ZoneOffset.UTC);

  private static final DateTimeFormatter SECOND =
      DateTimeFormatter.ofPattern("-yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

  private ScheduledSnapshotFactory() {}

  /** The snapshot of a time of the schedule, which is a whole minute. */
  public static StoppableContainerSnapshot snapshot(StoppableContainer resource, Instant time) {
    return snapshot(resource, MINUTE.format(time));
  }

  /** The snapshot before a deletion at this time, which no time of the schedule has the name of. */
  public static StoppableContainerSnapshot beforeDeletion(
      StoppableContainer resource, Instant time) {
    return snapshot(resource, SECOND.format(time));
  }

  /** It has no owner, as it outlives its StoppableContainer. */
  private static StoppableContainerSnapshot snapshot(StoppableContainer resource, String suffix) {
    String source = resource.getMetadata().getName();
    SnapshotSchedule schedule = Objects.requireNonNull(resource.getSpec().snapshots());
    StoppableContainerSnapshot snapshot = new StoppableContainerSnapshot();
    snapshot.setMetadata(
        new ObjectMetaBuilder()
            .withName(SnapshotName.of(source, suffix))
            .withNamespace(resource.getMetadata().getNamespace())
            .addToLabels(ToolMetadata.NO_BACKUP)
            .addToLabels(ApiNames.LABEL_SCHEDULED_BY, source)
            .withFinalizers(ApiNames.SNAPSHOT_FINALIZER)
            .build());
    snapshot.setSpec(
        new StoppableContainerSnapshotSpec(
            new StoppableContainerSnapshotSpec.Source(source),
            schedule.stops() ? true : null,
            null));
    return snapshot;
  }

  /** Whether a snapshot was made for the schedule of the StoppableContainer of that name. */
  public static boolean isMadeFor(StoppableContainerSnapshot snapshot, String source) {
    return snapshot.getSpec().source().name().equals(source)
        && label(snapshot).filter(source::equals).isPresent();
  }

  private static Optional<String> label(HasMetadata object) {
    return Optional.ofNullable(object.getMetadata().getLabels())
        .map(labels -> labels.get(ApiNames.LABEL_SCHEDULED_BY));
  }
}
