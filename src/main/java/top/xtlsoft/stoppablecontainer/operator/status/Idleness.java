package top.xtlsoft.stoppablecontainer.operator.status;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.IdleStatus;
import top.xtlsoft.stoppablecontainer.api.IdleStop;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.api.TimeToLive;
import top.xtlsoft.stoppablecontainer.operator.model.Schedule;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.PodFacts;

/**
 * Whether a container is in use, and when it is stopped if it is not. The operator stops a
 * container only by a fresh word of its agent: a report from before an agent was lost does not show
 * what a user does now.
 *
 * <p>The stop is in the status first. The next pass wants the container stopped, so a stop that an
 * operator begins is not forgotten by the next one.
 *
 * @param status what the user sees, and the next pass needs
 * @param next when the user is warned, or the stop comes
 */
record Idleness(IdleStatus status, Optional<Instant> next) {

  private static final Duration LONGEST_NOTICE = Duration.ofMinutes(5);

  /** An agent repeats that a container is idle in less than half of this. */
  private static final Duration FRESH = Duration.ofMinutes(10);

  /**
   * The idleness of a StoppableContainer; empty for one that is not stopped when it is idle.
   *
   * @param before the status before
   */
  static Optional<Idleness> of(Observation observed, Optional<StoppableContainerStatus> before) {
    IdleStop idle = observed.sc().getSpec().idle();
    if (idle == null) {
      return Optional.empty();
    }
    Optional<Instant> stoppedAt = observed.schedule().flatMap(Schedule::idleStoppedAt);
    if (stoppedAt.isPresent()) {
      return of(new IdleStatus(null, null, null, null, stoppedAt.get().toString()));
    }
    Optional<Instant> started =
        observed
            .consumer()
            .filter(_ -> observed.isPodWanted() && !observed.isDeleting())
            .map(PodFacts::new)
            .filter(pod -> !pod.isGoing())
            .flatMap(pod -> pod.main().flatMap(pod::runningSince));
    return started.flatMap(
        start ->
            activity(observed)
                .flatMap(
                    activity ->
                        activity.busy() == null
                            ? idle(observed, TimeToLive.duration(idle.after()), start, activity)
                                .map(run -> run.decide(before))
                            : of(message("Busy: " + activity.busy()))));
  }

  private static Optional<AgentReport.Activity> activity(Observation observed) {
    return observed
        .instance()
        .map(StoppableContainerInstance::getStatus)
        .map(StoppableContainerInstanceStatus::agent)
        .map(AgentReport::activity);
  }

  private static Optional<Idle> idle(
      Observation observed, Duration after, Instant started, AgentReport.Activity activity) {
    Optional<Instant> reported = time(activity.idleSince());
    Instant asked = observed.schedule().map(Schedule::askedAt).orElse(started);
    return reported
        // Of the container that ran before, whose report the agent has not replaced yet.
        .filter(since -> !since.isBefore(started))
        .map(
            since ->
                new Idle(
                    observed.at(),
                    Stream.of(since, asked).max(Comparator.naturalOrder()).orElseThrow(),
                    after,
                    time(activity.idleAt())));
  }

  /** A container that is idle now, as far as its agent has said. */
  private record Idle(Instant now, Instant since, Duration after, Optional<Instant> confirmed) {

    Idleness decide(Optional<StoppableContainerStatus> before) {
      Notice notice = Notice.of(since.plus(after), after, LONGEST_NOTICE);
      if (now.isBefore(notice.due())) {
        return new Idleness(status(notice.end(), null, null), Optional.of(notice.due()));
      }
      Instant warned =
          notice.warnedAt(
              before.map(StoppableContainerStatus::idle).flatMap(last -> time(last.warnedAt())),
              now);
      Instant at = notice.endAfter(warned);
      boolean stops = !now.isBefore(at) && isConfirmed(notice.end());
      return new Idleness(
          status(at, warned, stops ? now.truncatedTo(ChronoUnit.SECONDS) : null), Optional.of(at));
    }

    private boolean isConfirmed(Instant end) {
      Duration fresh = after.compareTo(FRESH) < 0 ? after : FRESH;
      return confirmed
          .filter(at -> !at.isBefore(end))
          .filter(at -> at.plus(fresh).isAfter(now))
          .isPresent();
    }

    private IdleStatus status(
        Instant stopsAt, @Nullable Instant warned, @Nullable Instant stoppedAt) {
      return new IdleStatus(
          "Idle since " + since,
          since.toString(),
          stopsAt.toString(),
          warned == null ? null : warned.toString(),
          stoppedAt == null ? null : stoppedAt.toString());
    }
  }

  private static Optional<Instant> time(@Nullable String rfc3339) {
    return Optional.ofNullable(rfc3339).map(Instant::parse);
  }

  private static IdleStatus message(String text) {
    return new IdleStatus(text, null, null, null, null);
  }

  private static Optional<Idleness> of(IdleStatus status) {
    return Optional.of(new Idleness(status, Optional.empty()));
  }
}
