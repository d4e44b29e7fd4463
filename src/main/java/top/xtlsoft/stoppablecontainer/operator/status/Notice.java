package top.xtlsoft.stoppablecontainer.operator.status;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * The warning before a stop or a deletion that no user asks for. Between the warning and that there
 * is always the whole notice, however late the operator warns.
 *
 * @param end when it comes at the earliest
 * @param length how long the user is warned before
 * @param due when the user is to be warned
 */
record Notice(Instant end, Duration length, Instant due) {

  /** The notice is this part of the time at most. */
  private static final int PART = 10;

  /**
   * The notice of what comes at the end of a time.
   *
   * @param longest the notice is not longer
   */
  static Notice of(Instant end, Duration time, Duration longest) {
    Duration part = time.dividedBy(PART);
    Duration length = part.compareTo(longest) < 0 ? part : longest;
    return new Notice(end, length, end.minus(length).truncatedTo(ChronoUnit.SECONDS));
  }

  /**
   * When the user is or was warned, once that is due.
   *
   * @param known the last warning, which may be of an earlier time
   */
  Instant warnedAt(Optional<Instant> known, Instant now) {
    return known
        .filter(warned -> !warned.isBefore(due))
        .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS));
  }

  /** When it comes, after a warning at that time. */
  Instant endAfter(Instant warned) {
    Instant latest = warned.plus(length);
    return latest.isAfter(end) ? latest : end;
  }
}
