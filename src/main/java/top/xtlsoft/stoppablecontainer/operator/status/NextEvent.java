package top.xtlsoft.stoppablecontainer.operator.status;

import java.time.Duration;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.PodFacts;

/**
 * Whether an event that is on its way already will overtake what a pass could tell. Writing both
 * statuses takes as long as the scheduler does, and the container would wait for that.
 */
final class NextEvent {

  /** Longer than a watch or a scheduler that is well; then it is told what is awaited. */
  static final Duration SOON = Duration.ofSeconds(1);

  /** The API server tells whole seconds, so a pod may seem older by one than it is. */
  private static final Duration PLACED_SOON = SOON.plusSeconds(1);

  private NextEvent() {}

  /**
   * How long to wait for the event before the pass is done again and tells what there is.
   *
   * @return empty when there is something to tell now: a problem, or what may stay so for longer
   */
  static Optional<Duration> within(Pass pass) {
    if (pass.problem().isPresent() || pass.isDeleting()) {
      return Optional.empty();
    }
    return pass.made() ? Optional.of(SOON) : placement(pass.observed());
  }

  /** The scheduler has been told of a new provider pod, and always has a word on it. */
  private static Optional<Duration> placement(Observation observed) {
    return observed
        .provider()
        .filter(pod -> observed.nodeName().isEmpty())
        .map(PodFacts::new)
        .filter(facts -> !facts.isGoing() && !facts.isEnded() && !facts.isJudged())
        .map(facts -> PLACED_SOON.minus(Duration.between(facts.createdAt(), observed.at())))
        // More is left only where clocks differ; then nothing is known of its age.
        .filter(left -> left.isPositive() && left.compareTo(PLACED_SOON) <= 0);
  }
}
