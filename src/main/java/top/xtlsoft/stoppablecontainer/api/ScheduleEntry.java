package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * Times at which a container starts and stops by itself.
 *
 * @param start when it starts, as in crontab(5); absent for never
 * @param stop when it stops; absent for never
 * @param timeZone name of the time zone of both
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = "has(self.start) || has(self.stop)", message = "start or stop must be set")
public record ScheduleEntry(
    @JsonPropertyDescription(
            "When the container starts: minute, hour, day of the month, month and day of the week,"
                + " as in crontab(5). Example: 0 8 * * 1-5")
        @Size(min = 9, max = 256)
        @Nullable String start,
    @JsonPropertyDescription("When the container stops, in the same form.")
        @Size(min = 9, max = 256)
        @Nullable String stop,
    @JsonPropertyDescription(
            "Time zone of both times, a name of the IANA database such as Europe/Berlin.")
        @Default(ScheduleEntry.UTC)
        @Size(min = 1, max = 64)
        @Nullable String timeZone) {

  /** The time zone of an entry that names none. */
  public static final String UTC = "Etc/UTC";
}
