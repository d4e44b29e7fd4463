package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/**
 * What has become of spec.snapshots.
 *
 * @param doneUntil up to when the times of the schedule are dealt with (RFC 3339): its last such
 *     time, or when the operator first saw it
 * @param next the next time of the schedule (RFC 3339)
 * @param last name of the last snapshot that is taken, while it is kept
 * @param lastTakenAt when that was taken (RFC 3339)
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record SnapshotScheduleStatus(
    @JsonPropertyDescription(
            "Up to when the times of the schedule are dealt with (RFC 3339): the last of them, or"
                + " when the operator first saw the schedule.")
        @Nullable String doneUntil,
    @JsonPropertyDescription("The next time of the schedule (RFC 3339).") @Nullable String next,
    @JsonPropertyDescription("Name of the last snapshot that is taken, while it is kept.")
        @Nullable String last,
    @JsonPropertyDescription("When that was taken (RFC 3339).") @Nullable String lastTakenAt) {}
