package top.xtlsoft.stoppablecontainer.operator.pass;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One pass over one StoppableContainer: the body of the exchange that goes through the steps.
 *
 * @param observed what is known, brought up to date by each write of the pass
 * @param decision what the last step decided
 * @param problem why the pass ended early
 * @param made whether it made a pod, whose event calls the next pass at once
 * @param callAgain when to look again even if no event comes
 * @param report what to tell, once that is planned
 */
public record Pass(
    Observation observed,
    Decision decision,
    Optional<Problem> problem,
    boolean made,
    Optional<Duration> callAgain,
    Optional<Report> report) {

  /** A pass that has only looked. */
  public static Pass begin(Observation observed) {
    return new Pass(
        observed,
        new Decision.Nothing(),
        Optional.empty(),
        false,
        Optional.empty(),
        Optional.empty());
  }

  /** The type of the last decision, for traces and metrics. */
  public String verb() {
    return decision.verb();
  }

  /** Whether the next step may look: nothing is awaited and nothing was refused. */
  public boolean isOpen() {
    return problem.isEmpty() && !(decision instanceof Decision.Await);
  }

  /** Whether the consumer pod has chosen a node that the instance does not name yet. */
  public boolean isNodeToAnnounce() {
    return isOpen()
        && observed.consumer().filter(pod -> new PodFacts(pod).isBound()).isPresent()
        && observed.instance().filter(sci -> sci.getSpec().nodeName() == null).isPresent();
  }

  /** Whether a consumer pod is there whose provider pod has yet to follow it. */
  public boolean isProviderToFollow() {
    return isOpen() && observed.consumer().isPresent() && observed.provider().isEmpty();
  }

  /** Whether there is no such resource (any more), and nothing of it that is to go. */
  public boolean isGone() {
    return observed.resource().isEmpty() && !isDeleting();
  }

  /** Whether the pass goes the way of deletion. */
  public boolean isDeleting() {
    return observed.isDeleting();
  }

  /** Whether the agent is still to be told that the resource is traced, or that it is no more. */
  public boolean isTraceOutdated() {
    return observed.isTraceOutdated();
  }

  /** Whether the consumer pod is to exist. */
  public boolean isPodWanted() {
    return observed.isPodWanted();
  }

  /**
   * The decision that a gateway carries out.
   *
   * @throws IllegalStateException if the last planner decided something else
   */
  public <D extends Decision> D decided(Class<D> type) {
    if (!type.isInstance(decision)) {
      throw new IllegalStateException("not decided: " + type.getSimpleName() + ": " + this);
    }
    return type.cast(decision);
  }

  /** The same pass with the decision of a step. */
  public Pass decide(Decision next) {
    Optional<Problem> found =
        next instanceof Decision.Refuse(Problem refusal) ? Optional.of(refusal) : problem;
    Pass decided = new Pass(observed, next, found, made, callAgain, report);
    return next instanceof Decision.Await await
        ? await.lookAgain().map(decided::again).orElse(decided)
        : decided;
  }

  /** The same pass after a write. */
  public Pass observe(Observation next) {
    return new Pass(next, decision, problem, made, callAgain, report);
  }

  /** The same pass after it made a pod that was not there. */
  public Pass made(Observation next) {
    return new Pass(next, decision, problem, true, callAgain, report);
  }

  /** The same pass, ended by a problem. */
  public Pass fail(Problem found) {
    return decide(new Decision.Refuse(found));
  }

  /** The same pass, to be called again after the shortest of all durations asked for. */
  public Pass again(Duration after) {
    Duration shortest = callAgain.filter(d -> d.compareTo(after) < 0).orElse(after);
    return new Pass(observed, decision, problem, made, Optional.of(shortest), report);
  }

  /** The same pass with what it has to tell. */
  public Pass tell(Report next) {
    return new Pass(observed, decision, problem, made, callAgain, Optional.of(next));
  }

  /** Whether there is something to tell: what the next event overtakes at once is not told. */
  public boolean isTold() {
    return report.isPresent();
  }

  /** What happened, to be told one by one. */
  public List<PlannedEvent> events() {
    return report.map(Report::events).orElse(List.of());
  }

  /** Whether the pass is to be tried again with back-off: refused by somebody who may yet agree. */
  public boolean isRetried() {
    return problem.filter(found -> !found.terminal()).isPresent();
  }

  /** {@code namespace/name verb (why) phase}: what a trace shows. */
  @Override
  public String toString() {
    String why = decision.why();
    return observed.key()
        + " "
        + verb()
        + problem
            .map(p -> " (" + p.reason().wire() + ")")
            .orElse(why.isEmpty() ? "" : " (" + why + ")")
        + report.map(told -> " phase=" + told.status().phase()).orElse("");
  }
}
