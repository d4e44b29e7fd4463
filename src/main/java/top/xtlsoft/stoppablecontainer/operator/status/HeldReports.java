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
import top.xtlsoft.stoppablecontainer.runtime.RecentMap;

/**
 * Holds back the reports of states that the next event is expected to change. A start goes through
 * several such states, and each report is a write of two objects: a start is as fast as the API
 * server, which has no time for states that no user can see. A report that is held back and then
 * replaced is never written.
 */
final class HeldReports {

  /** More than 4 MiB at most. A resource that is forgotten waits once more. */
  private static final int MAX_HELD = 4096;

  private record Held(Instant since, Report report) {}

  private final Map<String, Held> held = RecentMap.ofMax(MAX_HELD);
  private final Duration patience;

  /**
   * @param patience the longest time that the status of a resource may lag behind
   */
  HeldReports(Duration patience) {
    this.patience = patience;
  }

  /** The report that the last pass over the resource held back. */
  Optional<Report> last(StoppableContainer resource) {
    return Optional.ofNullable(held.get(uid(resource))).map(Held::report);
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
    Instant since = Optional.ofNullable(held.get(uid)).map(Held::since).orElseGet(observed::at);
    Duration left = patience.minus(Duration.between(since, observed.at()));
    // More is left only when the clock was set back.
    if (left.isPositive()
        && left.compareTo(patience) <= 0
        && (isPassing(pass, report.status().phase(), ready) || isDetail(observed, report))
        && !isWritten(observed, report)) {
      held.put(uid, new Held(since, report));
      return Optional.of(left);
    }
    held.remove(uid);
    return Optional.empty();
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
