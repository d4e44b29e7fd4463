package top.xtlsoft.stoppablecontainer.operator.status;

import java.time.Duration;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.PodFacts;

/**
 * Decides whether an event that will change the status is expected at once. Writing both statuses
 * takes as long as the scheduler, and the container would wait for that.
 */
final class NextEvent {

  /** Longer than a healthy watch or scheduler takes; after it the status is written. */
  static final Duration SOON = Duration.ofSeconds(1);

  /** The API server rounds times to seconds, so a pod can seem a second older than it is. */
  private static final Duration PLACED_SOON = SOON.plusSeconds(1);

  private NextEvent() {}

  /**
   * How long to wait for the event before another pass writes the status.
   *
   * @return empty when this pass must write the status: there is a problem, or the state may last
   */
  static Optional<Duration> within(Pass pass) {
    if (pass.problem().isPresent() || pass.isDeleting()) {
      return Optional.empty();
    }
    return pass.made() ? Optional.of(SOON) : placement(pass.observed());
  }

  /** The scheduler has a new provider pod in its queue, and always reports a result. */
  private static Optional<Duration> placement(Observation observed) {
    return observed
        .provider()
        .filter(pod -> observed.nodeName().isEmpty())
        .map(PodFacts::new)
        .filter(facts -> !facts.isGoing() && !facts.isEnded() && !facts.isJudged())
        .map(facts -> PLACED_SOON.minus(Duration.between(facts.createdAt(), observed.at())))
        // More is left only when clocks differ; then the age of the pod is unknown.
        .filter(left -> left.isPositive() && left.compareTo(PLACED_SOON) <= 0);
  }
}
