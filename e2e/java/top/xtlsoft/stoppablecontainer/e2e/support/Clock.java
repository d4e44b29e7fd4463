package top.xtlsoft.stoppablecontainer.e2e.support;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import org.awaitility.Awaitility;

/** Whole minutes, which are the times of schedules. */
public final class Clock {

  /** Enough for a test to create what the minute is for. */
  private static final Duration LEAD = Duration.ofSeconds(40);

  private Clock() {}

  /** The next minute that is not too near, and later ones. */
  public static Instant minute(int later) {
    return Instant.now()
        .plus(LEAD)
        .truncatedTo(ChronoUnit.MINUTES)
        .plus(Duration.ofMinutes(1L + later));
  }

  /** That minute of the day in UTC, as in crontab(5). */
  public static String cron(Instant minute) {
    ZonedDateTime time = minute.atZone(ZoneOffset.UTC);
    return "%d %d * * *".formatted(time.getMinute(), time.getHour());
  }

  /** Waits until a minute has come. */
  public static void await(Instant minute) {
    step("wait for %s", minute);
    Duration left = Duration.between(Instant.now(), minute);
    Awaitility.await(minute.toString())
        .atMost(left.plus(Timeouts.REQUEST))
        .pollInterval(Duration.ofMillis(500))
        .until(() -> !Instant.now().isBefore(minute));
  }
}
