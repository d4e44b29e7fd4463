package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/**
 * What the agent of the instance's node reports. Only the agent writes it.
 *
 * @param mount the file system on the node
 * @param syncedGeneration generation of an instance with {@code spec.running: false} whose writes
 *     are all on disk
 * @param diskPressure what is wrong with the disk that keeps the file system, with the reasons of
 *     the condition DiskPressure; absent when nothing is
 * @param size what the instance has written, counted when it was stopped last; absent until then
 * @param failure why the last action on the node failed; absent after a success
 * @param restored UID of the restore that last gave the file system its files; absent for none
 * @param activity whether the container is in use; absent where the agent does not watch that
 * @param wake the last connection that a stopped container was to be started for; absent for none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record AgentReport(
    @JsonPropertyDescription("The file system on the node.") @Nullable Mount mount,
    @JsonPropertyDescription("Generation that was stopped and whose writes are all on disk.")
        @Nullable Long syncedGeneration,
    @JsonPropertyDescription("What is wrong with the disk that keeps the file system.")
        @Nullable String diskPressure,
    @JsonPropertyDescription("What its changes to the image take, counted at its last stop.")
        @Nullable Size size,
    @JsonPropertyDescription("Why the last action on the node failed.") @Nullable Failure failure,
    @JsonPropertyDescription("UID of the restore that last gave the file system its files.")
        @Nullable String restored,
    @JsonPropertyDescription("Whether the container is in use, where the agent watches that.")
        @Nullable Activity activity,
    @JsonPropertyDescription(
            "The last connection that came while the container was stopped, with spec.wake.")
        @Nullable Wake wake) {

  /** The report of a container that the agent does not watch. */
  public AgentReport(
      @Nullable Mount mount,
      @Nullable Long syncedGeneration,
      @Nullable String diskPressure,
      @Nullable Size size,
      @Nullable Failure failure,
      @Nullable String restored) {
    this(mount, syncedGeneration, diskPressure, size, failure, restored, null, null);
  }

  /** The report of a file system that was never restored. */
  public AgentReport(
      @Nullable Mount mount,
      @Nullable Long syncedGeneration,
      @Nullable String diskPressure,
      @Nullable Size size,
      @Nullable Failure failure) {
    this(mount, syncedGeneration, diskPressure, size, failure, null);
  }

  /**
   * The file system on the node.
   *
   * @param mounted whether it is mounted
   * @param bootID boot of the node (/proc/sys/kernel/random/boot_id) that {@code mounted} speaks of
   * @param imageID image whose layers lie under the file system, as the runtime names it
   * @param sizeBytes size of its disk image while that is mounted; absent for a folder
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Mount(
      @JsonPropertyDescription("Whether the file system is mounted on the node.")
          @Nullable Boolean mounted,
      @JsonPropertyDescription("Boot of the node that this report speaks of.")
          @Nullable String bootID,
      @JsonPropertyDescription("Image whose layers lie under the file system.")
          @Nullable String imageID,
      @JsonPropertyDescription("Bytes of its disk image, while that is mounted.")
          @Nullable Long sizeBytes) {

    /** A file system that lies in a folder. */
    public Mount(@Nullable Boolean mounted, @Nullable String bootID, @Nullable String imageID) {
      this(mounted, bootID, imageID, null);
    }
  }

  /**
   * What the upper folder takes on the node's disk. Of a very large tree the agent counts a part.
   *
   * @param bytes allocated, at least
   * @param inodes files, folders and others, at least
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Size(
      @JsonPropertyDescription("Bytes on the node's disk.") @Nullable Long bytes,
      @JsonPropertyDescription("How many files and folders these are.") @Nullable Long inodes) {}

  /**
   * Why an action on the node failed.
   *
   * @param reason in PascalCase, for programs
   * @param message for people
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Failure(
      @JsonPropertyDescription("Reason in PascalCase, for programs.") @Nullable String reason,
      @JsonPropertyDescription("The same for people.") @Nullable String message) {}

  /**
   * Whether a container is in use. One of both times, or what keeps it busy, is there.
   *
   * @param busy what uses it, for people; absent while it is idle
   * @param idleSince since when it is idle (RFC 3339)
   * @param idleAt when the agent last looked and found it idle, once that has been so for as long
   *     as the order says (RFC 3339)
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Activity(
      @JsonPropertyDescription("What uses it; absent while it is idle.") @Nullable String busy,
      @JsonPropertyDescription("Since when it is idle (RFC 3339).") @Nullable String idleSince,
      @JsonPropertyDescription(
              "When the agent last found it idle, once its time has come (RFC 3339).")
          @Nullable String idleAt) {}

  /**
   * A connection to a stopped container. It counts while the instance is stopped and has that
   * generation, so a start or another change makes it void, and none is ever taken for another.
   *
   * @param generation of the instance
   * @param port to which it came, as the pod says
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Wake(
      @JsonPropertyDescription("Generation of the stopped instance.") @Nullable Long generation,
      @JsonPropertyDescription("Port of the connection.") @Nullable Integer port) {}

  /** Image whose layers lie under the file system; null while it is unknown. */
  public @Nullable String imageID() {
    return mount == null ? null : mount.imageID();
  }

  /** The same with the size of another report. */
  public AgentReport withSizeOf(AgentReport other) {
    return new AgentReport(
        mount, syncedGeneration, diskPressure, other.size, failure, restored, activity, wake);
  }
}
