package top.xtlsoft.stoppablecontainer.operator.pass;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.SnapshotPhase;
import top.xtlsoft.stoppablecontainer.api.SnapshotReport;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotStatus;
import top.xtlsoft.stoppablecontainer.operator.model.PinnedImage;

/**
 * A snapshot that has its source stopped. It follows from the snapshot alone, so the source starts
 * again however the snapshot ends: taken, failed, deleted, or late.
 */
public final class SnapshotStop {

  /** A stopped container is not kept from its user for longer, if the agent can't take it. */
  public static final Duration LIMIT = Duration.ofMinutes(5);

  private SnapshotStop() {}

  /**
   * Whether a snapshot has this instance, of which it is taken, stopped.
   *
   * @param at the time of the observation
   */
  public static boolean isWanted(
      StoppableContainerSnapshot snapshot, StoppableContainerInstance source, Instant at) {
    return Boolean.TRUE.equals(snapshot.getSpec().stopIfNeeded())
        && !snapshot.isMarkedForDeletion()
        && snapshot.getSpec().source().name().equals(source.getMetadata().getName())
        && PinnedImage.isFixed(source)
        && isOpen(Optional.ofNullable(snapshot.getStatus()))
        && end(snapshot).filter(end -> !at.isBefore(end)).isEmpty();
  }

  private static boolean isOpen(Optional<StoppableContainerSnapshotStatus> status) {
    return !SnapshotReport.isTaken(status.map(StoppableContainerSnapshotStatus::agent).orElse(null))
        && status.filter(its -> its.phase() == SnapshotPhase.FAILED).isEmpty();
  }

  /** When the source starts again even if the snapshot is not taken; empty while it still stops. */
  public static Optional<Instant> end(StoppableContainerSnapshot snapshot) {
    return Optional.ofNullable(snapshot.getStatus())
        .map(StoppableContainerSnapshotStatus::stopUntil)
        .map(Instant::parse);
  }
}
