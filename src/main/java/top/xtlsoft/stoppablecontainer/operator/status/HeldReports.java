package top.xtlsoft.stoppablecontainer.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ConditionType;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.operator.pass.Finding;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.Report;

/**
 * Holds back the reports of states that the next event is expected to change. A start goes through
 * several such states, and each report is a write of two objects: a start is as fast as the API
 * server, which has no time for states that no user can see. A report that is held back and then
 * replaced is never written.
 */
final class HeldReports {

  /** A state that changes all the time is reported after so many times the patience. */
  private static final int MOST_TIMES = 2;

  private final Map<String, HeldReport> held;
  private final Duration patience;

  /**
   * @param patience how long a state lasts that is worth a report
   * @param held memory for the reports, by the UID of the resource; may forget
   */
  HeldReports(Duration patience, Map<String, HeldReport> held) {
    this.patience = patience;
    this.held = held;
  }

  /** The report that the last pass over the resource held back. */
  Optional<Report> last(StoppableContainer resource) {
    return find(resource).map(HeldReport::report);
  }

  private Optional<HeldReport> find(StoppableContainer resource) {
    return Optional.ofNullable(held.get(uid(resource))).filter(it -> it.isOver(resource));
  }

  /**
   * Holds a report back, or releases what was held back before.
   *
   * @return how long to wait for the event before another pass writes the status; empty when this
   *     pass must write it: there is a problem, or the state lasts
   */
  Optional<Duration> hold(Pass pass, Report report, Finding ready) {
    Observation observed = pass.observed();
    String uid = uid(observed.sc());
    Instant at = observed.at();
    Optional<HeldReport> last = find(observed.sc());
    Instant first = last.map(HeldReport::first).orElse(at);
    Instant since = last.filter(it -> it.isOfState(report)).map(HeldReport::since).orElse(at);
    Duration left = left(first, since, at);
    // More is left only when the clock was set back.
    if (left.isPositive()
        && left.compareTo(patience) <= 0
        && (isPassing(pass, report.status().phase(), ready) || isDetail(observed, report))
        && !isWritten(observed, report)) {
      held.put(uid, new HeldReport(first, since, observed.sc().getStatus(), report));
      return Optional.of(left);
    }
    held.remove(uid);
    return Optional.empty();
  }

  private Duration left(Instant first, Instant since, Instant at) {
    Duration inState = patience.minus(Duration.between(since, at));
    Duration altogether = patience.multipliedBy(MOST_TIMES).minus(Duration.between(first, at));
    return inState.compareTo(altogether) < 0 ? inState : altogether;
  }

  /** Whether the state is on its way to another one, and there is no reason to hurry. */
  private static boolean isPassing(Pass pass, StoppableContainerPhase phase, Finding ready) {
    Observation observed = pass.observed();
    boolean rests =
        switch (phase) {
          case PENDING, PROVIDER_READY, RUNNING -> ready.ready();
          case STOPPED, FAILED -> !observed.isDeleting();
        };
    return !rests
        && pass.problem().isEmpty()
        && !ready.warning()
        // The condition Ended must outlive the pod.
        && (observed.isDeleting() || !observed.hasEnded())
        && !isReadyNow(observed.sc());
  }

  /**
   * Whether the written status calls the current generation ready. After a change by the user it
   * speaks of an earlier one, and says so.
   */
  private static boolean isReadyNow(StoppableContainer resource) {
    return Optional.ofNullable(resource.getStatus())
        .map(StoppableContainerStatus::conditions)
        .orElse(List.of())
        .stream()
        .filter(c -> ConditionType.READY.wire().equals(c.getType()))
        .filter(c -> "True".equals(c.getStatus()))
        .map(Condition::getObservedGeneration)
        .anyMatch(resource.getMetadata().getGeneration()::equals);
  }

  /**
   * Whether the written status calls the container ready, and the new one says no more than that
   * its provider pod has caught up: the mount and its image.
   */
  private static boolean isDetail(Observation observed, Report report) {
    StoppableContainerStatus next = report.status();
    return isReadyNow(observed.sc())
        && Optional.ofNullable(observed.sc().getStatus())
            .filter(written -> written.phase() == next.phase())
            .filter(written -> exceptMounted(written).equals(exceptMounted(next)))
            .isPresent();
  }

  private static List<Condition> exceptMounted(StoppableContainerStatus status) {
    return Optional.ofNullable(status.conditions()).orElse(List.of()).stream()
        .filter(c -> !ConditionType.MOUNTED.wire().equals(c.getType()))
        .toList();
  }

  private static boolean isWritten(Observation observed, Report report) {
    return report.status().equals(observed.sc().getStatus())
        && report
            .instanceStatus()
            .filter(
                next -> observed.instance().filter(sci -> next.equals(sci.getStatus())).isEmpty())
            .isEmpty();
  }

  private static String uid(StoppableContainer resource) {
    return resource.getMetadata().getUid();
  }
}
