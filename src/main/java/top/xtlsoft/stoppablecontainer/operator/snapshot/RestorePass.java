package top.xtlsoft.stoppablecontainer.operator.snapshot;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.EventReason;
import top.xtlsoft.stoppablecontainer.api.ResourceKey;
import top.xtlsoft.stoppablecontainer.api.RestorePhase;
import top.xtlsoft.stoppablecontainer.api.SnapshotPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestore;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestoreStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.TimeToLive;
import top.xtlsoft.stoppablecontainer.operator.pass.PlannedEvent;

/**
 * One pass over one restore: the objects as the pass sees them, and what is to be done.
 *
 * @param key key of the restore
 * @param at time of the observation
 * @param restore the restore
 * @param target the instance of the StoppableContainer that gets the files; without a restore, one
 *     whose order has lost its restore
 * @param snapshot the snapshot that has them
 * @param before the snapshot that keeps the state before
 * @param image the image that the target's template names, for a restore to the image
 * @param step what is to be done; nothing until it is planned
 */
public record RestorePass(
    ResourceKey key,
    Instant at,
    Optional<StoppableContainerRestore> restore,
    Optional<StoppableContainerInstance> target,
    Optional<StoppableContainerSnapshot> snapshot,
    Optional<StoppableContainerSnapshot> before,
    Optional<String> image,
    Step step)
    implements Expiring {

  /** What a pass does. */
  public sealed interface Step {

    /** Nothing. */
    record Nothing() implements Step {}

    /** Creates the snapshot that keeps the state before. */
    record Keep(StoppableContainerSnapshot desired) implements Step {}

    /** Orders the agent to exchange the files, or withdraws the order of a deleted restore. */
    record Order(StoppableContainerInstanceSpec desired) implements Step {}

    /** Deletes it: its time has ended. */
    record Expire() implements Step {}

    /**
     * Writes the status if it differs.
     *
     * @param events the events of the change
     */
    record Report(StoppableContainerRestoreStatus status, List<PlannedEvent> events)
        implements Step {}
  }

  /** The same pass with what is to be done. */
  RestorePass plan(Step next) {
    return new RestorePass(key, at, restore, target, snapshot, before, image, next);
  }

  /** Whether the state before is to be kept. */
  public boolean isKeep() {
    return step instanceof Step.Keep;
  }

  /** Whether the agent gets the order. */
  public boolean isOrder() {
    return step instanceof Step.Order;
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
  RestorePass silent() {
    return step instanceof Step.Report report
        ? plan(new Step.Report(report.status(), List.of()))
        : this;
  }

  /** Whether a status is to be written. */
  public boolean isReport() {
    return step instanceof Step.Report;
  }

  /** The restore, on passes that have one. */
  StoppableContainerRestore it() {
    return restore.orElseThrow();
  }

  /** When it is deleted; its time runs from when it is done. */
  @Override
  public Optional<Instant> end() {
    return restore.flatMap(
        found ->
            TimeToLive.end(
                found.getSpec().ttl(),
                Optional.ofNullable(found.getStatus())
                    .map(StoppableContainerRestoreStatus::restoredAt)
                    .orElse(null)));
  }

  /** Whether it is done, as its status says. */
  boolean isRestored() {
    return restore
        .map(StoppableContainerRestore::getStatus)
        .filter(status -> status.phase() == RestorePhase.RESTORED)
        .isPresent();
  }

  /** Whether the agent has the order. */
  boolean isOrdered() {
    return target
        .map(instance -> instance.getSpec().source())
        .map(StoppableContainerInstanceSpec.Source::restoreUID)
        .filter(it().getMetadata().getUid()::equals)
        .isPresent();
  }

  Optional<AgentReport> report() {
    return target.flatMap(SnapshotPass::report);
  }

  /** Whether the agent has exchanged the files. */
  boolean isDone() {
    return report()
        .map(AgentReport::restored)
        .filter(it().getMetadata().getUid()::equals)
        .isPresent();
  }

  static boolean isReady(Optional<StoppableContainerSnapshot> snapshot) {
    return snapshot
        .filter(found -> !found.isMarkedForDeletion())
        .map(StoppableContainerSnapshot::getStatus)
        .filter(status -> status.phase() == SnapshotPhase.READY)
        .isPresent();
  }

  /** {@code namespace/name step}, for traces. */
  @Override
  public String toString() {
    return key + " " + step.getClass().getSimpleName();
  }
}
