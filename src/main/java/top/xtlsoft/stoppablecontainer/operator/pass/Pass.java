package top.xtlsoft.stoppablecontainer.operator.pass;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.api.Wanted;

/**
 * One pass over one StoppableContainer: the body of the exchange that goes through the steps.
 *
 * @param observed the observation, updated by each write of the pass
 * @param decision the decision of the last planner
 * @param problem why the pass ended early
 * @param made whether this pass created a pod; the event of the pod starts the next pass at once
 * @param callAgain when the next pass starts without an event
 * @param report the status and the events, once they are planned
 * @param unparked why no pod waits for the next start of a stopped container
 * @param untaken why a snapshot that is due can't be made
 */
public record Pass(
    Observation observed,
    Decision decision,
    Optional<Problem> problem,
    boolean made,
    Optional<Duration> callAgain,
    Optional<Report> report,
    Optional<Problem> unparked,
    Optional<Problem> untaken) {

  /** A pass that has only observed. */
  public static Pass begin(Observation observed) {
    return new Pass(
        observed,
        new Decision.Nothing(),
        Optional.empty(),
        false,
        observed.next().map(end -> Duration.between(observed.at(), end)),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /**
   * That of the key: Camel computes it at each expression of a route that asks the body, and that
   * of the observed objects takes as long as the rest of a step.
   */
  @Override
  public int hashCode() {
    return observed.key().hashCode();
  }

  /** The type of the last decision, for traces and metrics. */
  public String verb() {
    return decision.verb();
  }

  /** Whether the next step may start: no step waits, and none was refused. */
  public boolean isOpen() {
    return problem.isEmpty() && !(decision instanceof Decision.Await);
  }

  /** Whether the consumer pod has chosen a node that the instance does not name yet. */
  public boolean isNodeToAnnounce() {
    return isOpen()
        && observed.consumer().filter(pod -> new PodFacts(pod).isBound()).isPresent()
        && observed.instance().filter(sci -> sci.getSpec().nodeName() == null).isPresent();
  }

  /** Whether the consumer pod exists and the provider pod does not. */
  public boolean isProviderToFollow() {
    return isOpen() && observed.consumer().isPresent() && observed.provider().isEmpty();
  }

  /** Whether the resource does not exist, and no instance of it is being deleted. */
  public boolean isGone() {
    return observed.resource().isEmpty() && !isDeleting();
  }

  /** Whether the resource or its instance is being deleted. */
  public boolean isDeleting() {
    return observed.isDeleting();
  }

  /** Whether the instance lacks the resource's trace annotation, or still has it. */
  public boolean isTraceOutdated() {
    return observed.isTraceOutdated();
  }

  /** Whether the consumer pod is taken for ready by the word of a container that has ended. */
  public boolean isAttachedOutdated() {
    return observed
        .consumer()
        .map(PodFacts::new)
        .filter(
            pod ->
                !pod.isGoing()
                    && pod.isAttachedOutdated(pod.node().flatMap(observed.nodes()::boot)))
        .isPresent();
  }

  /** Whether a parked pod may have been started unbeknown to the cache. */
  public boolean isStopUnconfirmed() {
    return observed.isStopUnconfirmed();
  }

  /** Whether a time is about to end a container, without a word of its user's. */
  public boolean isEndedByTime() {
    return decision instanceof Decision.DeleteConsumer
        && observed.wanted() == Wanted.STOPPED_BY_SCHEDULE;
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
    Pass decided = new Pass(observed, next, found, made, callAgain, report, unparked, untaken);
    return next instanceof Decision.Await await
        ? await.lookAgain().map(decided::again).orElse(decided)
        : decided;
  }

  /** The same pass after a write. */
  public Pass observe(Observation next) {
    return new Pass(next, decision, problem, made, callAgain, report, unparked, untaken);
  }

  /** The same pass after it created a pod. */
  public Pass made(Observation next) {
    return new Pass(next, decision, problem, true, callAgain, report, unparked, untaken);
  }

  /** The same pass, ended by a problem. */
  public Pass fail(Problem found) {
    return decide(new Decision.Refuse(found));
  }

  /**
   * The same pass when no pod can wait for the next start: the container is stopped all the same.
   */
  public Pass leaveUnparked(Problem why) {
    return new Pass(
        observed,
        new Decision.Nothing(),
        Optional.empty(),
        made,
        callAgain,
        report,
        Optional.of(why),
        untaken);
  }

  /** The same pass when a snapshot that is due can't be made: the container goes on. */
  public Pass leaveUntaken(Problem why) {
    return new Pass(
        observed, decision, problem, made, callAgain, report, unparked, Optional.of(why));
  }

  /** Whether a snapshot is to be made by the schedule. */
  public boolean isSnapshotDue() {
    return SnapshotKeeper.of(observed).flatMap(SnapshotKeeper::due).isPresent();
  }

  /** Whether snapshots of the schedule are no longer kept. */
  public boolean isSnapshotSurplus() {
    return SnapshotKeeper.of(observed).filter(keeper -> !keeper.surplus().isEmpty()).isPresent();
  }

  /** The same pass, followed by another after the shortest of all requested durations. */
  public Pass again(Duration after) {
    Duration shortest = callAgain.filter(d -> d.compareTo(after) < 0).orElse(after);
    return new Pass(
        observed, decision, problem, made, Optional.of(shortest), report, unparked, untaken);
  }

  /** The same pass with its report. */
  public Pass report(Report next) {
    return new Pass(
        observed, decision, problem, made, callAgain, Optional.of(next), unparked, untaken);
  }

  /**
   * Whether the StoppableContainer is to be deleted: the written status has warned its user of this
   * time, which has come, and the snapshot that was to be taken first is.
   */
  public boolean isExpired() {
    Optional<StoppableContainerStatus> written =
        observed.resource().map(StoppableContainer::getStatus);
    return report
        .map(Report::status)
        .filter(next -> next.expiryWarnedAt() != null && next.expiresAt() != null)
        .filter(next -> !observed.at().isBefore(Instant.parse(next.expiresAt())))
        .filter(
            next ->
                written
                    .filter(its -> next.expiresAt().equals(its.expiresAt()))
                    .filter(its -> next.expiryWarnedAt().equals(its.expiryWarnedAt()))
                    .isPresent())
        .filter(_ -> SnapshotKeeper.of(observed).map(SnapshotKeeper::isDeletable).orElse(true))
        .isPresent();
  }

  /** Whether this pass reports a status; one that the next event will change at once does not. */
  public boolean isReported() {
    return report.isPresent();
  }

  /** The events of the change, to be recorded one by one. */
  public List<PlannedEvent> events() {
    return report.map(Report::events).orElse(List.of());
  }

  /** Whether the pass is retried with back-off: the API server may accept the object later. */
  public boolean isRetried() {
    return Stream.of(problem, unparked, untaken)
        .flatMap(Optional::stream)
        .anyMatch(found -> !found.terminal());
  }

  /** {@code namespace/name verb (why) phase}, for traces. */
  @Override
  public String toString() {
    String why = decision.why();
    return observed.key()
        + " "
        + verb()
        + problem
            .map(p -> " (" + p.reason().wire() + ")")
            .orElse(why.isEmpty() ? "" : " (" + why + ")")
        + report.map(reported -> " phase=" + reported.status().phase()).orElse("");
  }
}
