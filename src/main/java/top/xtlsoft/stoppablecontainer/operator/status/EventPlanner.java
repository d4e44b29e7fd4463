package top.xtlsoft.stoppablecontainer.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.ConditionType;
import top.xtlsoft.stoppablecontainer.api.EventReason;
import top.xtlsoft.stoppablecontainer.api.IdleStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;
import top.xtlsoft.stoppablecontainer.api.WakeStatus;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.operator.pass.Finding;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.PlannedEvent;

/** Plans the events of a change of the status. A state that stays has no second event. */
final class EventPlanner {

  private EventPlanner() {}

  static List<PlannedEvent> events(
      Observation observed,
      Optional<StoppableContainerStatus> before,
      StoppableContainerStatus next,
      Finding ready) {
    StoppableContainerPhase phase = Objects.requireNonNull(next.phase());
    List<PlannedEvent> events = new ArrayList<>();
    expiry(observed, before, next).ifPresent(events::add);
    idleness(observed, before, next).ifPresent(events::add);
    wake(observed, before, next).ifPresent(events::add);
    DiskPressure.news(observed, before)
        .map(
            why ->
                new PlannedEvent(
                    PlannedEvent.reference(observed.sc()),
                    true,
                    why.wire(),
                    "Write",
                    why.message()))
        .ifPresent(events::add);
    snapshot(observed, before, next).ifPresent(events::add);
    Optional<StoppableContainerPhase> last = before.map(StoppableContainerStatus::phase);
    if (last.filter(phase::equals).isEmpty()) {
      switch (phase) {
        case PROVIDER_READY -> {
          // From a later phase this is a step back, and the Ready condition has its reason.
          if (last.isEmpty() || last.get() == StoppableContainerPhase.PENDING) {
            events.add(PlannedEvent.normal(observed.sc(), EventReason.PROVIDER_READY));
          }
        }
        case RUNNING -> events.add(PlannedEvent.normal(observed.sc(), EventReason.STARTED));
        case STOPPED -> {
          // The reason of a completed container changes earlier, and its event follows that.
          if (observed.wanted() != Wanted.COMPLETED) {
            events.add(PlannedEvent.normal(observed.sc(), observed.wanted().event()));
          }
        }
        case PENDING, FAILED -> {}
      }
    }
    boolean sameReason =
        before.map(StoppableContainerStatus::conditions).orElse(List.of()).stream()
            .filter(c -> ConditionType.READY.wire().equals(c.getType()))
            .anyMatch(c -> ready.reason().equals(c.getReason()));
    if (!sameReason) {
      if (ready.warning()) {
        events.add(PlannedEvent.warning(observed.sc(), ready.reason(), ready.message()));
      } else if (ready.is(ConditionReason.DELETING)) {
        events.add(PlannedEvent.normal(observed.sc(), EventReason.DELETING));
      } else if (ready.is(ConditionReason.COMPLETED)) {
        events.add(PlannedEvent.normal(observed.sc(), EventReason.COMPLETED));
      }
    }
    return events;
  }

  /** The warning that the user gets before an idle container is stopped. */
  private static Optional<PlannedEvent> idleness(
      Observation observed,
      Optional<StoppableContainerStatus> before,
      StoppableContainerStatus next) {
    Optional<String> known = before.map(StoppableContainerStatus::idle).map(IdleStatus::warnedAt);
    return Optional.ofNullable(next.idle())
        .filter(idle -> idle.warnedAt() != null)
        .filter(idle -> !known.equals(Optional.ofNullable(idle.warnedAt())))
        .map(
            idle ->
                PlannedEvent.warning(
                    observed.sc(),
                    EventReason.IDLE,
                    "Idle since %s, and stopped at %s with its file system kept. To keep it running, use it or set the annotation %s to a later time."
                        .formatted(
                            idle.since(), idle.stopsAt(), UserAnnotation.KEEP_AWAKE_UNTIL.key())));
  }

  /** What starts a container that its user may want to stay stopped. */
  private static Optional<PlannedEvent> wake(
      Observation observed,
      Optional<StoppableContainerStatus> before,
      StoppableContainerStatus next) {
    Optional<String> known = before.map(StoppableContainerStatus::wake).map(WakeStatus::wokenAt);
    return Optional.ofNullable(next.wake())
        .filter(wake -> !known.equals(Optional.ofNullable(wake.wokenAt())))
        .map(
            wake ->
                PlannedEvent.normal(
                    observed.sc(),
                    EventReason.WOKEN,
                    "A connection to port %d starts the container.".formatted(wake.port())));
  }

  /** Why a snapshot of the schedule is not taken. */
  private static Optional<PlannedEvent> snapshot(
      Observation observed,
      Optional<StoppableContainerStatus> before,
      StoppableContainerStatus next) {
    Optional<String> known = before.flatMap(EventPlanner::waiting).map(Condition::getReason);
    return waiting(next)
        .filter(condition -> !known.equals(Optional.of(condition.getReason())))
        .map(
            condition ->
                PlannedEvent.warning(observed.sc(), condition.getReason(), condition.getMessage()));
  }

  private static Optional<Condition> waiting(StoppableContainerStatus status) {
    return Objects.requireNonNullElse(status.conditions(), List.<Condition>of()).stream()
        .filter(c -> ConditionType.SNAPSHOT_WAITING.wire().equals(c.getType()))
        .findFirst();
  }

  /** The warning that the user gets before the deletion. */
  private static Optional<PlannedEvent> expiry(
      Observation observed,
      Optional<StoppableContainerStatus> before,
      StoppableContainerStatus next) {
    Optional<String> known = before.map(StoppableContainerStatus::expiryWarnedAt);
    return Optional.ofNullable(next.expiryWarnedAt())
        .filter(warnedAt -> !known.equals(Optional.of(warnedAt)))
        .map(
            _ ->
                PlannedEvent.warning(
                    observed.sc(),
                    EventReason.EXPIRES,
                    "Stopped since %s, and deleted with its file system at %s. To keep it, start it or set the annotation %s: \"%s\"."
                        .formatted(
                            next.since(),
                            next.expiresAt(),
                            UserAnnotation.KEEP.key(),
                            UserAnnotation.ON)));
  }
}
