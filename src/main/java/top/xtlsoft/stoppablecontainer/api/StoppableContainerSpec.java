package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PrinterColumn;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The user's settings of a StoppableContainer.
 *
 * @param running whether the container runs; stopped is the default
 * @param template the container and its pod
 * @param provider the pod that keeps the file system while the container is stopped
 * @param hostPathPrefix folder on the node below which the file system is kept
 * @param source whose files it begins with
 * @param ephemeralPaths folders that each start finds empty; absent for none
 * @param schedule times at which it starts and stops by itself; absent for none
 * @param storage how its file system is kept; absent for a folder of the node's disk, without a
 *     limit
 * @param deleteAfterStopped how long it stays stopped before it is deleted; absent for ever
 * @param idle when it is stopped because nothing uses it; absent for never
 * @param whenStopped what it keeps while it is stopped besides its file system; nothing is the
 *     default
 * @param park how the pod of the next start waits, with {@link WhenStopped#PARK}
 * @param wake which connections start it while it is stopped; absent for none
 * @param snapshots which snapshots are taken of it without its user; absent for none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
    value = "self.hostPathPrefix == oldSelf.hostPathPrefix",
    message =
        "spec.hostPathPrefix can't be changed: the file system lies there. Create a new"
            + " StoppableContainer instead")
@ValidationRule(
    value =
        "self.hostPathPrefix.matches('^(/[^/\\\\s,:\\\\\\\\]+)+$') && !self.hostPathPrefix.matches('/[.][.]?(/|$)')",
    message =
        "spec.hostPathPrefix must be an absolute path, without '/' at its end, empty parts, '.', '..', spaces,"
            + " commas, colons and backslashes")
@ValidationRule(
    value =
        "has(self.source) == has(oldSelf.source) && (!has(self.source) || self.source =="
            + " oldSelf.source)",
    message =
        "spec.source can't be changed: the file system was made of it. Create a new"
            + " StoppableContainer instead")
@ValidationRule(
    value =
        "!has(self.ephemeralPaths) || self.ephemeralPaths.all(p, p.matches('^(/[^/:]+)+$') &&"
            + " !p.matches('/[.][.]?(/|$)'))",
    message =
        "spec.ephemeralPaths must be absolute, without '/' at their end, empty parts, '.', '..' and"
            + " colons")
@ValidationRule(
    value = "has(self.storage) == has(oldSelf.storage)",
    message =
        "spec.storage can't be set or removed later: the file system was made so. Create a new"
            + " StoppableContainer instead")
public record StoppableContainerSpec(
    @JsonPropertyDescription(
            "Whether the container runs. Set it to false to stop the container and to true to"
                + " start it again with its file system as it was.")
        @Default("false")
        @PrinterColumn(name = "Desired", priority = 1)
        @Nullable Boolean running,
    @JsonPropertyDescription("The container, and the pod it runs in.") @Required
        @Nullable Template template,
    @JsonPropertyDescription(
            "The provider pod, which holds the container's place on the node and its image while"
                + " the container is stopped.")
        @Nullable Provider provider,
    @JsonPropertyDescription(
            "Folder on the node below which the file system is kept. It must be on the node"
                + " agent's allow-list.")
        @Default(ApiNames.DEFAULT_HOST_PATH_PREFIX)
        @Size(max = 1024)
        @Nullable String hostPathPrefix,
    @JsonPropertyDescription(
            "Whose files it begins with, instead of its image alone: a clone. No file is copied.")
        @Nullable CloneSource source,
    @JsonPropertyDescription(
            "Folders of the container that each start finds empty, such as /tmp and /run. They lie"
                + " on volumes of the pod and are no part of the file system.")
        @Size(max = StoppableContainerSpec.MOST_EPHEMERAL_PATHS)
        @Nullable List<@Size(min = 2, max = 1024) String> ephemeralPaths,
    @JsonPropertyDescription(
            "Times at which the container starts and stops by itself. A change of spec.running counts"
                + " until the next of them. At the same time a stop counts.")
        @Size(max = StoppableContainerSpec.MOST_SCHEDULE_ENTRIES)
        @Nullable List<ScheduleEntry> schedule,
    @JsonPropertyDescription(
            "How the file system is kept on its node; absent for a folder without a limit.")
        @Nullable StorageSpec storage,
    @JsonPropertyDescription(
            "How long the container stays stopped before it is deleted with its file system: hours,"
                + " minutes and seconds, such as 720h or 1h30m. The annotation"
                + " stoppablecontainer.xtlsoft.top/keep: \"true\" keeps it.")
        @Pattern(TimeToLive.PATTERN)
        @Size(min = 2)
        @Nullable String deleteAfterStopped,
    @JsonPropertyDescription(
            "Stops the container when nothing uses it: no session, no connection with traffic, no"
                + " work of its processor, no lease. spec.running stays true; a start by the user or"
                + " by the schedule starts it again.")
        @Nullable IdleStop idle,
    @JsonPropertyDescription(
            "What the container keeps while it is stopped, besides its file system. Release: its pod"
                + " is gone. Park: the pod of the next start is made at once, with all that it"
                + " requests, and waits, so that a start takes milliseconds. The condition Parked"
                + " says whether it waits, and if not, why.")
        @Default("Release")
        @Nullable WhenStopped whenStopped,
    @JsonPropertyDescription("How the pod of the next start waits, with whenStopped: Park.")
        @Nullable Park park,
    @JsonPropertyDescription("Has a TCP connection start it while it is stopped, and be served.")
        @Nullable Wake wake,
    @JsonPropertyDescription(
            "The snapshots that are taken of it at set times, and how many are kept.")
        @Nullable SnapshotSchedule snapshots) {

  static final int MOST_EPHEMERAL_PATHS = 16;
  static final int MOST_SCHEDULE_ENTRIES = 8;

  /** Size of the file system; null for one without a limit. */
  public @Nullable Long sizeBytes() {
    return storage == null ? null : storage.sizeBytes();
  }

  /** Whether the pod of the next start waits while the container is stopped. */
  public boolean parks() {
    return whenStopped == WhenStopped.PARK;
  }

  /** Whether that pod holds less than it requests. */
  public boolean shrinks() {
    return park != null && park.resources() == Park.Resources.SHRINK;
  }

  /** The folders that each start finds empty. */
  public List<String> ephemeral() {
    return ephemeralPaths == null ? List.of() : ephemeralPaths;
  }
}
