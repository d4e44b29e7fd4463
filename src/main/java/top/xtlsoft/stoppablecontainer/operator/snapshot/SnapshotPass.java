package top.xtlsoft.stoppablecontainer.operator.snapshot;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.EventReason;
import top.xtlsoft.stoppablecontainer.api.ResourceKey;
import top.xtlsoft.stoppablecontainer.api.SnapshotReport;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotStatus;
import top.xtlsoft.stoppablecontainer.api.TimeToLive;
import top.xtlsoft.stoppablecontainer.operator.pass.ClusterNodes;
import top.xtlsoft.stoppablecontainer.operator.pass.PlannedEvent;
import top.xtlsoft.stoppablecontainer.operator.pass.SnapshotStop;

/**
 * One pass over one snapshot: the objects as the pass sees them, and what is to be done.
 *
 * @param key key of the snapshot
 * @param at time of the observation
 * @param snapshot the snapshot
 * @param source the instance of the StoppableContainer that the snapshot names
 * @param awaited whether a restore or a clone still needs it
 * @param nodes nodes of the cluster
 * @param step what is to be done; nothing until it is planned
 */
public record SnapshotPass(
    ResourceKey key,
    Instant at,
    Optional<StoppableContainerSnapshot> snapshot,
    Optional<StoppableContainerInstance> source,
    boolean awaited,
    ClusterNodes nodes,
    Step step)
    implements Expiring {

  /** What a pass does. */
  public sealed interface Step {

    /** Nothing. */
    record Nothing() implements Step {}

    /** Adds the node agent's finalizer. */
    record Hold() implements Step {}

    /** Removes the node agent's finalizer, as no agent can. */
    record Release(String why) implements Step {}

    /** Deletes it: its time has ended. */
    record Expire() implements Step {}

    /**
     * Writes the status if it differs.
     *
     * @param events the events of the change
     */
    record Report(StoppableContainerSnapshotStatus status, List<PlannedEvent> events)
        implements Step {}
  }

  /** The same pass with what is to be done. */
  SnapshotPass plan(Step next) {
    return new SnapshotPass(key, at, snapshot, source, awaited, nodes, next);
  }

  /** Whether the node agent's finalizer is to be added. */
  public boolean isHold() {
    return step instanceof Step.Hold;
  }

  /** Whether the node agent's finalizer is to be removed. */
  public boolean isRelease() {
    return step instanceof Step.Release;
  }

  /** Whether it is to be deleted. */
  public boolean isExpire() {
    return step instanceof Step.Expire;
  }

  /** The events of the step, once it is carried out. */
  public List<PlannedEvent> events() {
    return switch (step) {
      case Step.Expire _ -> List.of(PlannedEvent.normal(it(), EventReason.EXPIRED));
      case Step.Report report -> report.events();
      default -> List.of();
    };
  }

  /** The same pass without events: a status that was not written has none. */
  SnapshotPass silent() {
    return step instanceof Step.Report report
        ? plan(new Step.Report(report.status(), List.of()))
        : this;
  }

  /** Whether a status is to be written. */
  public boolean isReport() {
    return step instanceof Step.Report;
  }

  /** The snapshot, on passes that have one. */
  StoppableContainerSnapshot it() {
    return snapshot.orElseThrow();
  }

  /** The status that the snapshot has. */
  Optional<StoppableContainerSnapshotStatus> status() {
    return snapshot.map(StoppableContainerSnapshot::getStatus);
  }

  /** When it is deleted; its time runs from when it is taken. */
  @Override
  public Optional<Instant> end() {
    return snapshot.flatMap(
        found ->
            TimeToLive.end(
                found.getSpec().ttl(),
                status()
                    .map(StoppableContainerSnapshotStatus::agent)
                    .map(SnapshotReport::takenAt)
                    .orElse(null)));
  }

  /** One that is awaited stays until the next check after that. */
  @Override
  public boolean isExpired() {
    return !awaited && Expiring.super.isExpired();
  }

  boolean isHeld() {
    return it().hasFinalizer(ApiNames.SNAPSHOT_FINALIZER);
  }

  /** The node whose agent has the order to take it. */
  Optional<String> nodeName() {
    return status().map(StoppableContainerSnapshotStatus::nodeName);
  }

  boolean isTaken() {
    return SnapshotReport.isTaken(
        status().map(StoppableContainerSnapshotStatus::agent).orElse(null));
  }

  /** Whether the source is the one that the order names. */
  boolean isOrderedSource() {
    return source
        .map(instance -> instance.getMetadata().getUid())
        .equals(status().map(StoppableContainerSnapshotStatus::sourceUID));
  }

  /** Whether no process writes to the source, and all that was written is on disk. */
  boolean isSourceStopped() {
    return source.filter(SnapshotPass::isStopped).isPresent();
  }

  /** Whether the operator stops the source for the snapshot. */
  boolean isStopWanted() {
    return source.filter(instance -> SnapshotStop.isWanted(it(), instance, at)).isPresent();
  }

  static boolean isStopped(StoppableContainerInstance instance) {
    return !instance.getSpec().running()
        && report(instance)
            .map(AgentReport::syncedGeneration)
            .filter(synced -> synced >= instance.getMetadata().getGeneration())
            .isPresent();
  }

  static Optional<AgentReport> report(StoppableContainerInstance instance) {
    return Optional.ofNullable(instance.getStatus()).map(StoppableContainerInstanceStatus::agent);
  }

  /** {@code namespace/name step}, for traces. */
  @Override
  public String toString() {
    return key + " " + step.getClass().getSimpleName();
  }
}
