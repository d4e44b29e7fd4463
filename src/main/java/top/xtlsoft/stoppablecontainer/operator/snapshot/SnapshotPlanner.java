package top.xtlsoft.stoppablecontainer.operator.snapshot;

import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.ConditionType;
import top.xtlsoft.stoppablecontainer.api.EventReason;
import top.xtlsoft.stoppablecontainer.api.SnapshotPhase;
import top.xtlsoft.stoppablecontainer.api.SnapshotReport;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotStatus;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;
import top.xtlsoft.stoppablecontainer.operator.pass.SnapshotStop;
import top.xtlsoft.stoppablecontainer.operator.status.Conditions;

/**
 * Decides what a snapshot needs: the finalizer, the order to the agent once the source is stopped,
 * and a status that says how far it is.
 */
public final class SnapshotPlanner {

  /**
   * @param failed whether the agent, or the cluster, can't do it now
   */
  private record State(SnapshotPhase phase, String reason, String message, boolean failed) {

    static State of(SnapshotPhase phase, ConditionReason reason) {
      return new State(phase, reason.wire(), reason.message(), false);
    }

    static State failed(SnapshotPhase phase, String reason, String message) {
      return new State(phase, reason, message, true);
    }
  }

  /** What the operator orders the agent to take. */
  private record Order(
      @Nullable String nodeName,
      @Nullable String sourceUID,
      @Nullable Long sourceGeneration,
      @Nullable String hostPathPrefix,
      @Nullable String image,
      @Nullable String imageID) {

    static final Order NONE = new Order(null, null, null, null, null, null);

    static Order of(StoppableContainerSnapshotStatus status) {
      return new Order(
          status.nodeName(),
          status.sourceUID(),
          status.sourceGeneration(),
          status.hostPathPrefix(),
          status.image(),
          status.imageID());
    }

    static Order of(StoppableContainerInstance source) {
      return new Order(
          source.getSpec().nodeName(),
          source.getMetadata().getUid(),
          source.getMetadata().getGeneration(),
          source.getSpec().hostPathPrefix(),
          source.getSpec().image(),
          SnapshotPass.report(source).map(AgentReport::imageID).orElse(null));
    }
  }

  /** The pass with its next step. */
  public SnapshotPass plan(SnapshotPass pass) {
    return pass.plan(pass.snapshot().isEmpty() ? new SnapshotPass.Step.Nothing() : decide(pass));
  }

  private static SnapshotPass.Step decide(SnapshotPass pass) {
    if (pass.it().isMarkedForDeletion()) {
      return delete(pass);
    }
    if (!pass.isHeld()) {
      return new SnapshotPass.Step.Hold();
    }
    if (pass.isExpired()) {
      return new SnapshotPass.Step.Expire();
    }
    if (pass.nodeName().isPresent()) {
      return report(pass, Order.of(pass.status().orElseThrow()), ordered(pass));
    }
    Optional<State> obstacle = obstacle(pass);
    return obstacle.isPresent()
        ? report(pass, Order.NONE, obstacle.get())
        : report(
            pass,
            Order.of(pass.source().orElseThrow()),
            State.of(SnapshotPhase.TAKING, ConditionReason.TAKING));
  }

  private static SnapshotPass.Step delete(SnapshotPass pass) {
    if (!pass.isHeld()) {
      return new SnapshotPass.Step.Nothing();
    }
    if (pass.nodeName().isEmpty()) {
      return new SnapshotPass.Step.Release("no agent has learnt of it");
    }
    return pass.nodes().has(pass.nodeName().get())
        ? new SnapshotPass.Step.Nothing()
        : new SnapshotPass.Step.Release("its node has left the cluster");
  }

  /** Why the order can't be given; empty if it can. */
  private static Optional<State> obstacle(SnapshotPass pass) {
    if (pass.source().filter(source -> !source.isMarkedForDeletion()).isEmpty()) {
      return Optional.of(State.of(SnapshotPhase.PENDING, ConditionReason.SOURCE_NOT_FOUND));
    }
    if (pass.source().get().getSpec().nodeName() == null) {
      return Optional.of(State.of(SnapshotPhase.PENDING, ConditionReason.SOURCE_NOT_READY));
    }
    return pass.isSourceStopped()
        ? Optional.empty()
        : Optional.of(State.of(SnapshotPhase.PENDING, running(pass)));
  }

  private static ConditionReason running(SnapshotPass pass) {
    return pass.isStopWanted() ? ConditionReason.SOURCE_STOPPING : ConditionReason.SOURCE_RUNNING;
  }

  private static State ordered(SnapshotPass pass) {
    String node = pass.nodeName().orElseThrow();
    if (!pass.nodes().has(node)) {
      return State.failed(
          SnapshotPhase.FAILED, ConditionReason.NODE_GONE.wire(), Problem.nodeGone(node).message());
    }
    if (!pass.isTaken() && !pass.isOrderedSource()) {
      return State.failed(
          SnapshotPhase.FAILED,
          ConditionReason.SOURCE_NOT_FOUND.wire(),
          "The source was deleted before the snapshot was taken.");
    }
    AgentReport.@Nullable Failure failure =
        pass.status()
            .map(StoppableContainerSnapshotStatus::agent)
            .map(SnapshotReport::failure)
            .orElse(null);
    if (failure != null && failure.reason() != null) {
      return State.failed(
          pass.isTaken() ? SnapshotPhase.FAILED : SnapshotPhase.TAKING,
          failure.reason(),
          String.valueOf(failure.message()));
    }
    if (pass.isTaken()) {
      return State.of(SnapshotPhase.READY, ConditionReason.TAKEN);
    }
    return State.of(
        SnapshotPhase.TAKING, pass.isSourceStopped() ? ConditionReason.TAKING : running(pass));
  }

  /** Counts from when the source is stopped: until then its own grace period runs. */
  private static @Nullable String stopUntil(SnapshotPass pass) {
    return pass.status()
        .map(StoppableContainerSnapshotStatus::stopUntil)
        .or(
            () ->
                Optional.of(pass.at().plus(SnapshotStop.LIMIT))
                    .filter(_ -> pass.isStopWanted() && pass.isSourceStopped())
                    .map(Instant::toString))
        .orElse(null);
  }

  private static SnapshotPass.Step report(SnapshotPass pass, Order order, State state) {
    List<Condition> before =
        pass.status().map(StoppableContainerSnapshotStatus::conditions).orElse(List.of());
    Condition ready =
        new Conditions(pass.it(), before, pass.at())
            .of(
                ConditionType.READY,
                state.phase() == SnapshotPhase.READY,
                state.reason(),
                state.message());
    return new SnapshotPass.Step.Report(
        status(pass, order, state, ready),
        Outcome.events(pass.it(), before, ready, state.failed(), EventReason.TAKEN));
  }

  private static StoppableContainerSnapshotStatus status(
      SnapshotPass pass, Order order, State state, Condition ready) {
    Optional<SnapshotReport> report = pass.status().map(StoppableContainerSnapshotStatus::agent);
    return new StoppableContainerSnapshotStatus(
        state.phase(),
        pass.it().getMetadata().getGeneration(),
        state.message(),
        List.of(ready),
        order.nodeName(),
        order.sourceUID(),
        order.sourceGeneration(),
        order.hostPathPrefix(),
        order.image(),
        order.imageID(),
        stopUntil(pass),
        report.map(SnapshotReport::takenAt).orElse(null),
        pass.end().map(Instant::toString).orElse(null),
        report.map(SnapshotReport::layers).orElse(null),
        report.map(SnapshotReport::bytes).orElse(null),
        report.orElse(null));
  }
}
