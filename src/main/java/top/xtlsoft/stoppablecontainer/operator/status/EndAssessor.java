package top.xtlsoft.stoppablecontainer.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import java.util.Objects;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.operator.pass.Finding;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.PodFacts;

/** Describes the end of a container that its restart policy does not start again. */
final class EndAssessor {

  private static final String AGAIN = " Set spec.running to false and to true to start it again.";

  private EndAssessor() {}

  /**
   * How the container has ended by itself; a warning after a failure. The finding is the recorded
   * condition Ended once the pod is gone.
   */
  static Optional<Finding> end(Observation observed) {
    return observed.hasEnded() ? Optional.of(ended(observed)) : Optional.empty();
  }

  private static Finding ended(Observation observed) {
    return observed
        .consumer()
        .map(PodFacts::new)
        .filter(facts -> facts.hasEndedByItself(observed.at()))
        .map(facts -> ended(observed, facts))
        .orElseGet(() -> remembered(observed.lastEnd().orElseThrow()));
  }

  private static Finding remembered(Condition last) {
    return new Finding(
        false,
        last.getReason(),
        last.getMessage(),
        !ConditionReason.COMPLETED.wire().equals(last.getReason()),
        Optional.empty());
  }

  private static Finding ended(Observation observed, PodFacts facts) {
    String name = observed.key().name();
    if (facts.isPastDeadline()) {
      return Finding.warning(
          ConditionReason.CONTAINER_FAILED,
          "The container was ended, because it ran for longer than its activeDeadlineSeconds."
              + AGAIN);
    }
    Optional<ContainerStateTerminated> end = facts.mainStatus().flatMap(PodFacts::lastEnd);
    if (end.map(how -> Objects.equals(how.getExitCode(), 0)).orElseGet(facts::isSucceeded)) {
      return Finding.notYet(
          ConditionReason.COMPLETED,
          "The container has ended "
              + end.map(ExitText::withTime).orElse("with success")
              + "."
              + AGAIN);
    }
    return Finding.warning(
        ConditionReason.CONTAINER_FAILED,
        "The container has ended "
            + end.map(ExitText::withTime).orElse("with a failure")
            + "."
            + end.map(ExitText::advice).orElse("")
            + " See what it wrote with kubectl logs "
            + name
            + "."
            + AGAIN);
  }
}
