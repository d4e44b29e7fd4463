package top.xtlsoft.stoppablecontainer.operator.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.ConditionType;
import top.xtlsoft.stoppablecontainer.api.EventReason;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
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
      StoppableContainerPhase phase,
      Finding ready) {
    ObjectReference regarding = reference(observed.sc());
    List<PlannedEvent> events = new ArrayList<>();
    DiskPressure.news(observed, before)
        .map(why -> new PlannedEvent(regarding, true, why.wire(), "Write", why.message()))
        .ifPresent(events::add);
    Optional<StoppableContainerPhase> last = before.map(StoppableContainerStatus::phase);
    if (last.filter(phase::equals).isEmpty()) {
      switch (phase) {
        case PROVIDER_READY -> {
          // From a later phase this is a step back, and the Ready condition has its reason.
          if (last.isEmpty() || last.get() == StoppableContainerPhase.PENDING) {
            events.add(normal(regarding, EventReason.PROVIDER_READY));
          }
        }
        case RUNNING -> events.add(normal(regarding, EventReason.STARTED));
        case STOPPED -> {
          // The reason of a completed container changes earlier, and its event follows that.
          if (observed.wanted() != Wanted.COMPLETED) {
            events.add(normal(regarding, observed.wanted().event()));
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
        events.add(new PlannedEvent(regarding, true, ready.reason(), "Reconcile", ready.message()));
      } else if (ready.is(ConditionReason.DELETING)) {
        events.add(normal(regarding, EventReason.DELETING));
      } else if (ready.is(ConditionReason.COMPLETED)) {
        events.add(normal(regarding, EventReason.COMPLETED));
      }
    }
    return events;
  }

  private static PlannedEvent normal(ObjectReference regarding, EventReason reason) {
    return new PlannedEvent(regarding, false, reason.wire(), reason.action(), reason.message());
  }

  private static ObjectReference reference(HasMetadata object) {
    return new ObjectReferenceBuilder()
        .withApiVersion(object.getApiVersion())
        .withKind(object.getKind())
        .withNamespace(object.getMetadata().getNamespace())
        .withName(object.getMetadata().getName())
        .withUid(object.getMetadata().getUid())
        .build();
  }
}
