package top.xtlsoft.stoppablecontainer.operator.status;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.api.TimeToLive;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;

/**
 * When a container that stays stopped is deleted, and when its user was warned of that.
 *
 * @param at when it is deleted
 * @param warnedAt when its user was warned; empty until then
 * @param next when one of both comes
 */
record Expiry(Instant at, Optional<Instant> warnedAt, Instant next) {

  private static final Duration LONGEST_NOTICE = Duration.ofHours(1);

  /**
   * The expiry of a StoppableContainer; empty for one that is not deleted by itself.
   *
   * @param phase its phase
   * @param since since when it is in that phase, as in RFC 3339
   * @param before the status before
   */
  static Optional<Expiry> of(
      Observation observed,
      StoppableContainerPhase phase,
      String since,
      Optional<StoppableContainerStatus> before) {
    String time = observed.sc().getSpec().deleteAfterStopped();
    if (time == null
        || phase != StoppableContainerPhase.STOPPED
        || observed.isDeleting()
        || observed.wanted() == Wanted.STOPPED_FOR_SNAPSHOT
        || UserAnnotation.KEEP.isOn(observed.sc())) {
      return Optional.empty();
    }
    Duration stopped = TimeToLive.duration(time);
    Notice notice = Notice.of(Instant.parse(since).plus(stopped), stopped, LONGEST_NOTICE);
    if (observed.at().isBefore(notice.due())) {
      return Optional.of(new Expiry(notice.end(), Optional.empty(), notice.due()));
    }
    Instant warned =
        notice.warnedAt(
            before.map(StoppableContainerStatus::expiryWarnedAt).map(Instant::parse),
            observed.at());
    Instant at = notice.endAfter(warned);
    return Optional.of(new Expiry(at, Optional.of(warned), at));
  }
}
