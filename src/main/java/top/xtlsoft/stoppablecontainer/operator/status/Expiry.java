package top.xtlsoft.stoppablecontainer.operator.status;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.api.TimeToLive;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;

/**
 * When a container that stays stopped is deleted, and when its user was warned of that. Between the
 * warning and the deletion there is always the whole notice, however late the operator warns.
 *
 * @param at when it is deleted
 * @param warnedAt when its user was warned; empty until then
 * @param next when one of both comes
 */
record Expiry(Instant at, Optional<Instant> warnedAt, Instant next) {

  private static final Duration LONGEST_NOTICE = Duration.ofHours(1);

  /** The notice is this part of the time at most. */
  private static final int PART = 10;

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
    Duration part = stopped.dividedBy(PART);
    Duration notice = part.compareTo(LONGEST_NOTICE) < 0 ? part : LONGEST_NOTICE;
    Instant end = Instant.parse(since).plus(stopped);
    Instant warning = end.minus(notice).truncatedTo(ChronoUnit.SECONDS);
    if (observed.at().isBefore(warning)) {
      return Optional.of(new Expiry(end, Optional.empty(), warning));
    }
    Instant warned =
        before
            .map(StoppableContainerStatus::expiryWarnedAt)
            .map(Instant::parse)
            .filter(known -> !known.isBefore(warning))
            .orElseGet(() -> observed.at().truncatedTo(ChronoUnit.SECONDS));
    Instant latest = warned.plus(notice);
    Instant at = latest.isAfter(end) ? latest : end;
    return Optional.of(new Expiry(at, Optional.of(warned), at));
  }
}
