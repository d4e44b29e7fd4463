package top.xtlsoft.stoppablecontainer.operator.model;

import java.time.DateTimeException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.ScheduleEntry;

/**
 * An expression of crontab(5) in a spec.
 *
 * @param parent the field that has it and its time zone
 * @param field its own field
 * @param text the expression
 * @param timeZone its time zone; absent for UTC
 */
record CronExpression(String parent, String field, String text, @Nullable String timeZone) {

  private static final String FORM =
      "Write minute, hour, day of the month, month and day of the week, as in 0 8 * * 1-5.";

  /** Its times; empty for one that has an error, which {@link #problem} reports. */
  Optional<CronTimes> times() {
    try {
      return Optional.of(read());
    } catch (DateTimeException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Its error, with the name of the field and the remedy. */
  Optional<String> problem() {
    try {
      read();
      return Optional.empty();
    } catch (DateTimeException e) {
      return Optional.of(
          "%s.timeZone: %s. Write a name of the IANA database, such as Europe/Berlin."
              .formatted(parent, e.getMessage()));
    } catch (IllegalArgumentException e) {
      return Optional.of("%s.%s: %s. %s".formatted(parent, field, e.getMessage(), FORM));
    }
  }

  private CronTimes read() {
    String zone = Objects.requireNonNullElse(timeZone, ScheduleEntry.UTC);
    return new CronTimes(text, CronTimes.zone(zone));
  }
}
