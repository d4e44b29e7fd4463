package top.xtlsoft.stoppablecontainer.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.ConditionType;

/**
 * Makes the conditions of one object. A condition keeps its time as long as its status is the one
 * of before.
 *
 * @param of the object; its generation is the one that the conditions describe
 * @param before the conditions that the object has
 * @param at the time of a transition
 */
public record Conditions(HasMetadata of, List<Condition> before, Instant at) {

  /** A condition with the reason's own message. */
  public Condition of(ConditionType type, boolean value, ConditionReason reason) {
    return of(type, value, reason.wire(), reason.message());
  }

  /** A condition with a reason of this API or of the agent. */
  public Condition of(ConditionType type, boolean value, String reason, String message) {
    String status = value ? "True" : "False";
    String since =
        before.stream()
            .filter(c -> type.wire().equals(c.getType()) && status.equals(c.getStatus()))
            .map(Condition::getLastTransitionTime)
            .findFirst()
            .orElseGet(() -> at.truncatedTo(ChronoUnit.SECONDS).toString());
    return new ConditionBuilder()
        .withType(type.wire())
        .withStatus(status)
        .withReason(reason)
        .withMessage(message)
        .withObservedGeneration(of.getMetadata().getGeneration())
        .withLastTransitionTime(since)
        .build();
  }
}
