package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/**
 * What the agent of the instance's node reports. Only the agent writes it.
 *
 * @param mounted whether the file system is mounted on the node
 * @param bootID boot of the node (/proc/sys/kernel/random/boot_id) that {@code mounted} speaks of
 * @param imageID image whose layers lie under the file system
 * @param syncedGeneration generation of an instance with {@code spec.running: false} whose writes
 *     are all on disk
 * @param reason why the last action on the node failed, in PascalCase; absent after a success
 * @param message the same for people
 * @param diskPressure what is wrong with the disk that keeps the file system, as the condition
 *     DiskPressure gives it for a reason; absent when nothing is
 * @param upperBytes bytes on the node's disk that its changes to the image take (its upper folder),
 *     counted when it was stopped last; absent until then. Of very large trees at least so many
 * @param upperInodes how many files, folders and other inodes these are
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record AgentReport(
    @JsonPropertyDescription("Whether the file system is mounted on the node.")
        @Nullable Boolean mounted,
    @JsonPropertyDescription("Boot of the node that this report speaks of.")
        @Nullable String bootID,
    @JsonPropertyDescription("Image whose layers lie under the file system.")
        @Nullable String imageID,
    @JsonPropertyDescription("Generation that was stopped and whose writes are all on disk.")
        @Nullable Long syncedGeneration,
    @JsonPropertyDescription("Why the last action on the node failed.") @Nullable String reason,
    @JsonPropertyDescription("The same for people.") @Nullable String message,
    @JsonPropertyDescription("What is wrong with the disk that keeps the file system.")
        @Nullable String diskPressure,
    @JsonPropertyDescription(
            "Bytes that its changes to the image take on the node's disk, counted at its last stop.")
        @Nullable Long upperBytes,
    @JsonPropertyDescription("How many files and folders these are.") @Nullable Long upperInodes) {

  /** The same with the size of another report. */
  public AgentReport withUpperOf(AgentReport other) {
    return new AgentReport(
        mounted,
        bootID,
        imageID,
        syncedGeneration,
        reason,
        message,
        diskPressure,
        other.upperBytes,
        other.upperInodes);
  }
}
