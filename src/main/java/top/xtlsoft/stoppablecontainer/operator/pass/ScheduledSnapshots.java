package top.xtlsoft.stoppablecontainer.operator.pass;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotStatus;
import top.xtlsoft.stoppablecontainer.operator.model.ScheduledSnapshotFactory;
import top.xtlsoft.stoppablecontainer.operator.model.SnapshotTimes;

/**
 * The times of spec.snapshots, and the snapshots that were made for them.
 *
 * @param times the times around the observation
 * @param made the snapshots of this instance, and those that no instance has yet, the oldest first.
 *     Those that are being deleted, and those whose label their user took off, are not among them
 * @param awaited names of the snapshots that a restore or a clone still needs
 */
public record ScheduledSnapshots(
    SnapshotTimes times, List<StoppableContainerSnapshot> made, Set<String> awaited) {

  /** Of a StoppableContainer without spec.snapshots. */
  public static final ScheduledSnapshots NONE =
      new ScheduledSnapshots(SnapshotTimes.NONE, List.of(), Set.of());

  private static final Comparator<StoppableContainerSnapshot> BY_AGE =
      Comparator.<StoppableContainerSnapshot, String>comparing(
              snapshot -> snapshot.getMetadata().getCreationTimestamp())
          .thenComparing(snapshot -> snapshot.getMetadata().getName());

  /**
   * Finds them among all snapshots of the namespace.
   *
   * @param source the instance that they are taken of
   */
  public static ScheduledSnapshots of(
      StoppableContainerInstance source,
      SnapshotTimes times,
      Stream<StoppableContainerSnapshot> all,
      Set<String> awaited) {
    return new ScheduledSnapshots(
        times,
        all.filter(
                snapshot ->
                    ScheduledSnapshotFactory.isMadeFor(snapshot, source.getMetadata().getName())
                        && !snapshot.isMarkedForDeletion()
                        && isOf(snapshot, source))
            .sorted(BY_AGE)
            .toList(),
        awaited);
  }

  private static boolean isOf(
      StoppableContainerSnapshot snapshot, StoppableContainerInstance source) {
    StoppableContainerSnapshotStatus status = snapshot.getStatus();
    return status == null
        || status.sourceUID() == null
        || status.sourceUID().equals(source.getMetadata().getUid());
  }
}
