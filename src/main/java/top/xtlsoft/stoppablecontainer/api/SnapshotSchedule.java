package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots that are taken of a container without its user.
 *
 * @param schedule when one is taken, as in crontab(5); absent for never
 * @param timeZone name of the time zone of the schedule
 * @param keep how many of them are kept
 * @param stopIfNeeded whether the container is stopped for one, and then started again
 * @param beforeDeletion whether one is taken before spec.deleteAfterStopped deletes the container
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
    value = "has(self.schedule) || (has(self.beforeDeletion) && self.beforeDeletion)",
    message = "schedule must be set, or beforeDeletion be true")
@ValidationRule(
    value = "self.keep >= 1 && self.keep <= " + SnapshotSchedule.MOST_KEPT,
    message = "keep must be from 1 to " + SnapshotSchedule.MOST_KEPT)
public record SnapshotSchedule(
    @JsonPropertyDescription(
            "When a snapshot is taken: minute, hour, day of the month, month and day of the week, as"
                + " in crontab(5). Example: 0 3 * * *. None is taken of a container that has not been"
                + " started since the last one.")
        @Size(min = 9, max = 256)
        @Nullable String schedule,
    @JsonPropertyDescription(
            "Time zone of the schedule, a name of the IANA database such as Europe/Berlin.")
        @Default(ScheduleEntry.UTC)
        @Size(min = 1, max = 64)
        @Nullable String timeZone,
    @JsonPropertyDescription(
            "How many of these snapshots are kept, from 1 to 64. When one more is ready, the oldest is deleted.")
        @Default("7")
        @Nullable Integer keep,
    @JsonPropertyDescription(
            "Whether the operator stops a running container for the snapshot, and starts it again."
                + " Without it the snapshot waits until the container is stopped.")
        @Nullable Boolean stopIfNeeded,
    @JsonPropertyDescription(
            "Whether a snapshot is taken before spec.deleteAfterStopped deletes the container. While"
                + " that can't be done, the container stays.")
        @Nullable Boolean beforeDeletion) {

  /** Half of the layers that a stack can have. */
  static final int MOST_KEPT = 64;

  private static final int KEPT = 7;

  /** {@link #keep}, as the API server sets it where it is absent. */
  public int kept() {
    return keep == null ? KEPT : keep;
  }

  /** Whether a running container is stopped. */
  public boolean stops() {
    return Boolean.TRUE.equals(stopIfNeeded);
  }
}
