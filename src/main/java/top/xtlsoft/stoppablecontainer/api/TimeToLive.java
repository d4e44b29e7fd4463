package top.xtlsoft.stoppablecontainer.api;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How long an object is kept: a duration in hours, minutes and seconds. */
public final class TimeToLive {

  /** What the API server accepts; each part fits a {@link Duration}. */
  static final String PATTERN = "^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$";

  private TimeToLive() {}

  /**
   * When an object ends; empty for one without a ttl, and while its time does not run.
   *
   * @param ttl its time to live
   * @param since from when on the time runs, as in RFC 3339
   */
  public static Optional<Instant> end(@Nullable String ttl, @Nullable String since) {
    return ttl == null || since == null
        ? Optional.empty()
        : Optional.of(Instant.parse(since).plus(duration(ttl)));
  }

  /** The duration that the API server has accepted by {@link #PATTERN}. */
  public static Duration duration(String ttl) {
    return Duration.parse("PT" + ttl.toUpperCase(Locale.ROOT));
  }
}
