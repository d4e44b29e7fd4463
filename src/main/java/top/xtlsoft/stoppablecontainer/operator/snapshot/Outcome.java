package top.xtlsoft.stoppablecontainer.operator.snapshot;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.CustomResource;
import java.util.List;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.ConditionType;
import top.xtlsoft.stoppablecontainer.api.EventReason;
import top.xtlsoft.stoppablecontainer.operator.pass.PlannedEvent;

/** The events of a snapshot or a restore. A state that stays has no second event. */
final class Outcome {

  private Outcome() {}

  /**
   * The event of a new Ready condition: of the success, or of a failure.
   *
   * @param before conditions of the last status
   * @param failed whether the new reason is a failure
   */
  static List<PlannedEvent> events(
      CustomResource<?, ?> object,
      List<Condition> before,
      Condition next,
      boolean failed,
      EventReason success) {
    boolean same =
        before.stream()
            .filter(condition -> ConditionType.READY.wire().equals(condition.getType()))
            .anyMatch(condition -> next.getReason().equals(condition.getReason()));
    if (same) {
      return List.of();
    }
    if ("True".equals(next.getStatus())) {
      return List.of(PlannedEvent.normal(object, success));
    }
    // The agent itself looks at a mounted file system now and then.
    return Optional.of(PlannedEvent.warning(object, next.getReason(), next.getMessage()))
        .filter(event -> failed && !event.reason().equals(AgentReason.IN_USE.wire()))
        .map(List::of)
        .orElse(List.of());
  }
}
