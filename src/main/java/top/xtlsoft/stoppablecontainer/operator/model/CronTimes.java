package top.xtlsoft.stoppablecontainer.operator.model;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.Month;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The times of one expression of crontab(5) in one time zone. A time that the clock skips comes
 * when it skips it; a time that the clock shows twice comes the first time.
 */
final class CronTimes {

  private static final CronParser PARSER =
      new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));

  /** The library takes it as no condition on the day. */
  private static final Pattern EACH_WEEKDAY = Pattern.compile("[*](/[+]?0*1)?");

  private static final ZonedDateTime NEW_YEAR =
      LocalDate.of(2028, 1, 1).atStartOfDay(ZoneOffset.UTC);

  private final ExecutionTime cron;
  private final ZoneId zone;

  /**
   * Reads an expression.
   *
   * @throws IllegalArgumentException with the reason, if it has an error or its day never comes
   */
  CronTimes(String expression, ZoneId zone) {
    this.cron = parse(expression);
    this.zone = zone;
    if (!hasDay(expression)) {
      throw new IllegalArgumentException("no year has such a day");
    }
  }

  private static ExecutionTime parse(String expression) {
    try {
      return ExecutionTime.forCron(PARSER.parse(expression));
    } catch (IllegalArgumentException e) {
      Throwable reason = e.getCause() == null ? e : e.getCause();
      throw new IllegalArgumentException(reason.getMessage(), e);
    } catch (IndexOutOfBoundsException e) {
      // The library's answer to a range or a step without a number.
      throw new IllegalArgumentException("a number is missing", e);
    }
  }

  /**
   * Whether any year has such a day: the first of the days of the month in one of the months, or
   * any day of the week. The library takes a second to find no next 30th of February, each time it
   * is asked.
   */
  private static boolean hasDay(String expression) {
    String[] fields = expression.strip().split("\\s+");
    if (!EACH_WEEKDAY.matcher(fields[4]).matches()) {
      return true;
    }
    ExecutionTime january = parse("0 0 " + fields[2] + " 1 *");
    int day = january.nextExecution(NEW_YEAR.minusMinutes(1)).orElseThrow().getDayOfMonth();
    ExecutionTime months = parse("0 0 1 " + fields[3] + " *");
    return Arrays.stream(Month.values())
        .filter(month -> day <= month.maxLength())
        .anyMatch(month -> months.isMatch(NEW_YEAR.with(month)));
  }

  /**
   * The time zone of a name.
   *
   * @throws DateTimeException if the IANA database has no such zone
   */
  static ZoneId zone(String name) {
    if (!ZoneId.getAvailableZoneIds().contains(name)) {
      throw new DateTimeException("unknown time zone " + name);
    }
    return ZoneId.of(name);
  }

  /** The last time that is not after this one. */
  Optional<Instant> last(Instant at) {
    return cron.lastExecution(clock(at).plusMinutes(1)).map(this::instant);
  }

  /** The first time after this one. */
  Optional<Instant> next(Instant at) {
    return cron.nextExecution(clock(at)).map(this::instant);
  }

  /**
   * The minute that the zone's clock shows; during the second showing of an hour, the last minute
   * of the first. The library counts in UTC, as it gives times twice in zones with such hours.
   */
  private ZonedDateTime clock(Instant at) {
    LocalDateTime shown = LocalDateTime.ofInstant(at, zone);
    ZoneOffsetTransition change = zone.getRules().getTransition(shown);
    LocalDateTime last =
        change != null && change.isOverlap() && !at.isBefore(change.getInstant())
            ? change.getDateTimeBefore().minusMinutes(1)
            : shown;
    return last.truncatedTo(ChronoUnit.MINUTES).atZone(ZoneOffset.UTC);
  }

  /** When the zone's clock first shows this or a later time. */
  private Instant instant(ZonedDateTime clock) {
    LocalDateTime shown = clock.toLocalDateTime();
    ZoneOffsetTransition change = zone.getRules().getTransition(shown);
    return change != null && change.isGap()
        ? change.getInstant()
        : shown.toInstant(zone.getRules().getValidOffsets(shown).getFirst());
  }
}
