package top.xtlsoft.stoppablecontainer.operator.snapshot;

import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.ConditionType;
import top.xtlsoft.stoppablecontainer.api.EventReason;
import top.xtlsoft.stoppablecontainer.api.RestorePhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestore;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestoreStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotStatus;
import top.xtlsoft.stoppablecontainer.api.TimeToLive;
import top.xtlsoft.stoppablecontainer.operator.model.BeforeSnapshotFactory;
import top.xtlsoft.stoppablecontainer.operator.model.ResourceMetadata;
import top.xtlsoft.stoppablecontainer.operator.status.Conditions;

/**
 * Decides what a restore needs: first a snapshot of the state before, then the order to the agent.
 * It works on a stopped target, and is done once.
 */
public final class RestorePlanner {

  /**
   * @param failed whether the agent, or the user's wish, does not let it be done now
   */
  private record State(RestorePhase phase, String reason, String message, boolean failed) {

    static State of(RestorePhase phase, ConditionReason reason) {
      return new State(phase, reason.wire(), reason.message(), phase == RestorePhase.FAILED);
    }
  }

  private static final State RESTORING =
      State.of(RestorePhase.RESTORING, ConditionReason.RESTORING);

  private final BeforeSnapshotFactory factory;

  public RestorePlanner(BeforeSnapshotFactory factory) {
    this.factory = factory;
  }

  private static final State RESTORED = State.of(RestorePhase.RESTORED, ConditionReason.RESTORED);

  /** Whether a restore goes to the image alone. */
  static boolean isToImage(StoppableContainerRestore restore) {
    return Boolean.TRUE.equals(restore.getSpec().toImage());
  }

  /** Whether nothing is left to do for a restore, unless it is changed. */
  static boolean isOver(StoppableContainerRestore restore) {
    return restore.isMarkedForDeletion()
        || (restore.getStatus() != null
            && restore.getStatus().phase() == RestorePhase.RESTORED
            && restore.getSpec().ttl() == null);
  }

  /** The pass with its next step. */
  public RestorePass plan(RestorePass pass) {
    if (pass.restore().isEmpty()) {
      return pass.plan(withdraw(pass));
    }
    return pass.plan(
        pass.it().isMarkedForDeletion() ? new RestorePass.Step.Nothing() : decide(pass));
  }

  /** An order without its restore would keep the container from starting if it can't be done. */
  private static RestorePass.Step withdraw(RestorePass pass) {
    return pass.target()
        .map(StoppableContainerInstance::getSpec)
        .<RestorePass.Step>map(
            now ->
                new RestorePass.Step.Order(
                    now.withSource(now.source() == null ? null : now.source().withoutRestore())))
        .orElseGet(RestorePass.Step.Nothing::new);
  }

  private RestorePass.Step decide(RestorePass pass) {
    if (pass.isRestored()) {
      return pass.isExpired() ? new RestorePass.Step.Expire() : report(pass, RESTORED);
    }
    if (pass.isOrdered()) {
      return report(pass, ordered(pass));
    }
    Optional<State> obstacle = obstacle(pass);
    if (obstacle.isPresent()) {
      return report(pass, obstacle.get());
    }
    if (pass.before().isEmpty()) {
      return new RestorePass.Step.Keep(factory.snapshot(pass.it()));
    }
    StoppableContainerSnapshot before = pass.before().get();
    if (!ResourceMetadata.isControlledBy(before, pass.it())) {
      return report(
          pass,
          new State(
              RestorePhase.FAILED,
              ConditionReason.NAME_COLLISION.wire(),
              "The snapshot "
                  + before.getMetadata().getName()
                  + " is not this restore's: delete one of them.",
              true));
    }
    return RestorePass.isReady(pass.before())
        ? new RestorePass.Step.Order(order(pass))
        : report(pass, RESTORING);
  }

  /** Why the files can't be exchanged; empty if they can. */
  private static Optional<State> obstacle(RestorePass pass) {
    if (pass.target()
        .filter(target -> !target.isMarkedForDeletion() && target.getSpec().nodeName() != null)
        .isEmpty()) {
      return Optional.of(State.of(RestorePhase.PENDING, ConditionReason.TARGET_NOT_FOUND));
    }
    StoppableContainerInstance target = pass.target().get();
    Optional<State> missing = isToImage(pass.it()) ? image(pass) : snapshot(pass, target.getSpec());
    if (missing.isPresent()) {
      return missing;
    }
    return SnapshotPass.isStopped(target)
        ? Optional.empty()
        : Optional.of(State.of(RestorePhase.PENDING, ConditionReason.TARGET_RUNNING));
  }

  private static Optional<State> image(RestorePass pass) {
    return pass.image().isPresent()
        ? Optional.empty()
        : Optional.of(State.of(RestorePhase.PENDING, ConditionReason.TARGET_NOT_FOUND));
  }

  private static Optional<State> snapshot(RestorePass pass, StoppableContainerInstanceSpec target) {
    if (!RestorePass.isReady(pass.snapshot())) {
      return Optional.of(State.of(RestorePhase.PENDING, ConditionReason.SNAPSHOT_NOT_READY));
    }
    StoppableContainerSnapshotStatus snapshot = pass.snapshot().orElseThrow().getStatus();
    return Objects.equals(target.nodeName(), snapshot.nodeName())
            && target.hostPathPrefix().equals(snapshot.hostPathPrefix())
        ? Optional.empty()
        : Optional.of(State.of(RestorePhase.FAILED, ConditionReason.SOURCE_ELSEWHERE));
  }

  private static StoppableContainerInstanceSpec order(RestorePass pass) {
    StoppableContainerInstanceSpec now = pass.target().orElseThrow().getSpec();
    Optional<StoppableContainerSnapshot> snapshot = pass.snapshot();
    return now.withSource(
        new StoppableContainerInstanceSpec.Source(
            snapshot.map(its -> its.getMetadata().getName()).orElse(null),
            snapshot.map(its -> its.getMetadata().getUid()).orElse(null),
            snapshot.map(its -> its.getStatus().imageID()).orElse(null),
            pass.it().getMetadata().getUid(),
            pass.before().orElseThrow().getMetadata().getName(),
            pass.before().orElseThrow().getMetadata().getUid(),
            null,
            pass.image().or(() -> otherImage(pass)).orElse(null),
            pass.it().getSpec().keepPaths()));
  }

  /** The image of a snapshot that was taken of another image than the target has. */
  private static Optional<String> otherImage(RestorePass pass) {
    StoppableContainerSnapshotStatus snapshot = pass.snapshot().orElseThrow().getStatus();
    return pass.report()
        .map(AgentReport::imageID)
        .filter(now -> snapshot.imageID() != null && !now.equals(snapshot.imageID()))
        .map(_ -> snapshot.image());
  }

  private static State ordered(RestorePass pass) {
    if (pass.isDone()) {
      return RESTORED;
    }
    AgentReport.Failure failure = pass.report().map(AgentReport::failure).orElse(null);
    return failure == null || failure.reason() == null
        ? RESTORING
        : new State(
            RestorePhase.RESTORING, failure.reason(), String.valueOf(failure.message()), true);
  }

  private static RestorePass.Step report(RestorePass pass, State state) {
    List<Condition> before =
        Optional.ofNullable(pass.it().getStatus())
            .map(StoppableContainerRestoreStatus::conditions)
            .orElse(List.of());
    Condition ready =
        new Conditions(pass.it(), before, pass.at())
            .of(
                ConditionType.READY,
                state.phase() == RestorePhase.RESTORED,
                state.reason(),
                state.message());
    return new RestorePass.Step.Report(
        status(pass, state, ready),
        Outcome.events(pass.it(), before, ready, state.failed(), EventReason.RESTORED));
  }

  private static StoppableContainerRestoreStatus status(
      RestorePass pass, State state, Condition ready) {
    String restoredAt =
        Optional.ofNullable(pass.it().getStatus())
            .map(StoppableContainerRestoreStatus::restoredAt)
            .or(
                () ->
                    Optional.of(pass.at().truncatedTo(ChronoUnit.SECONDS).toString())
                        .filter(_ -> state.phase() == RestorePhase.RESTORED))
            .orElse(null);
    return new StoppableContainerRestoreStatus(
        state.phase(),
        pass.it().getMetadata().getGeneration(),
        state.message(),
        List.of(ready),
        pass.before()
            .filter(snapshot -> ResourceMetadata.isControlledBy(snapshot, pass.it()))
            .map(snapshot -> snapshot.getMetadata().getName())
            .orElse(null),
        restoredAt,
        TimeToLive.end(pass.it().getSpec().ttl(), restoredAt).map(Instant::toString).orElse(null));
  }
}
