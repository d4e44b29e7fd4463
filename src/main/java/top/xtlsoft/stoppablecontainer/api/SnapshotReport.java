package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/**
 * What the agent of the snapshot's node reports. Only the agent writes it.
 *
 * @param takenAt when the snapshot was taken, as in RFC 3339; absent while it is not
 * @param layers number of its layers
 * @param bytes what all of them take on the disk; absent until they are counted
 * @param failure why it is not taken; absent when nothing failed
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record SnapshotReport(
    @JsonPropertyDescription("When the snapshot was taken (RFC 3339).") @Nullable String takenAt,
    @JsonPropertyDescription("Number of its layers.") @Nullable Integer layers,
    @JsonPropertyDescription("Bytes of its layers on the node's disk.") @Nullable Long bytes,
    @JsonPropertyDescription("Why it is not taken.") AgentReport.@Nullable Failure failure) {

  /** The report of a snapshot that is not taken yet. */
  public static final SnapshotReport NOTHING = new SnapshotReport(null, null, null, null);

  /** Whether the snapshot is taken. */
  public static boolean isTaken(@Nullable SnapshotReport report) {
    return report != null && report.takenAt() != null;
  }
}
