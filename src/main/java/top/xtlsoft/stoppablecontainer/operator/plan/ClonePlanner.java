package top.xtlsoft.stoppablecontainer.operator.plan;

import java.util.Objects;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.CloneSource;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.SnapshotPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotStatus;
import top.xtlsoft.stoppablecontainer.operator.model.ResourceMetadata;
import top.xtlsoft.stoppablecontainer.operator.model.SourceSnapshotFactory;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;

/**
 * Finds the snapshot whose files a StoppableContainer begins with. A clone of a StoppableContainer
 * gets a snapshot of its own, which goes with the clone.
 */
public final class ClonePlanner {

  private final SourceSnapshotFactory factory;

  public ClonePlanner(SourceSnapshotFactory factory) {
    this.factory = factory;
  }

  /** What is to be done before the instance can be made; empty when nothing is. */
  Optional<Decision.OfInstance> obstacle(Observation observed) {
    CloneSource source = observed.sc().getSpec().source();
    if (source == null) {
      return Optional.empty();
    }
    if (observed.source().isEmpty()) {
      return Optional.of(
          source.containerName() == null
              ? refuse(
                  ConditionReason.SOURCE_NOT_FOUND,
                  "Snapshot " + source.snapshotName() + " does not exist in this namespace.")
              : new Decision.CreateSnapshot(
                  factory.snapshot(observed.sc(), source.containerName())));
    }
    return problem(observed, source, observed.source().get());
  }

  private static Optional<Decision.OfInstance> problem(
      Observation observed, CloneSource source, StoppableContainerSnapshot snapshot) {
    String name = snapshot.getMetadata().getName();
    if (source.containerName() != null
        && !(ResourceMetadata.isControlledBy(snapshot, observed.sc())
            && snapshot.getSpec().source().name().equals(source.containerName()))) {
      return Optional.of(
          refuse(
              ConditionReason.NAME_COLLISION,
              "The snapshot " + name + " is not this StoppableContainer's: rename one of them."));
    }
    StoppableContainerSnapshotStatus status = snapshot.getStatus();
    if (snapshot.isMarkedForDeletion() || status == null || status.phase() != SnapshotPhase.READY) {
      return Optional.of(
          refuse(
              ConditionReason.SNAPSHOT_NOT_READY,
              "Snapshot "
                  + name
                  + " is not ready. "
                  + (status == null ? "" : Objects.requireNonNullElse(status.message(), ""))));
    }
    if (!observed.hostPathPrefix().equals(status.hostPathPrefix())) {
      return Optional.of(
          refuse(
              ConditionReason.SOURCE_ELSEWHERE,
              "Snapshot "
                  + name
                  + " lies below "
                  + status.hostPathPrefix()
                  + ": its clones need that spec.hostPathPrefix."));
    }
    String node = status.nodeName();
    return node == null || observed.nodes().has(node)
        ? Optional.empty()
        : Optional.of(new Decision.Refuse(Problem.nodeGone(node)));
  }

  /** An event of the snapshot starts the next pass. */
  private static Decision.OfInstance refuse(ConditionReason reason, String message) {
    return new Decision.Refuse(new Problem(reason, message.strip(), false));
  }
}
