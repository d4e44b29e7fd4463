package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PrinterColumn;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is restored.
 *
 * @param target the StoppableContainer that gets the files
 * @param snapshotName the snapshot that has them; absent for the image
 * @param toImage whether it gets those of the image that its template names, and nothing else
 * @param keepPaths what stays as the target has it; absent for nothing
 * @param ttl how long the state before is kept
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
    value =
        "self.target == oldSelf.target && has(self.snapshotName) == has(oldSelf.snapshotName) &&"
            + " (!has(self.snapshotName) || self.snapshotName == oldSelf.snapshotName) &&"
            + " has(self.keepPaths) == has(oldSelf.keepPaths) && (!has(self.keepPaths) ||"
            + " self.keepPaths == oldSelf.keepPaths)",
    message =
        "spec.target, spec.snapshotName, spec.toImage and spec.keepPaths can't be changed: create"
            + " another restore instead")
@ValidationRule(
    value = "has(self.snapshotName) != (has(self.toImage) && self.toImage)",
    message = "exactly one of snapshotName and toImage: true is required")
@ValidationRule(
    value =
        "!has(self.keepPaths) || self.keepPaths.all(p, p.matches('^(/[^/]+)+$') &&"
            + " !p.matches('/[.][.]?(/|$)') && !p.startsWith('"
            + ApiNames.MOUNT_PREFIX
            + "'))",
    message =
        "spec.keepPaths must be absolute, without '/' at their end, empty parts, '.', '..', and"
            + " what is the operator's own ("
            + ApiNames.MOUNT_PREFIX
            + "*)")
@ValidationRule(
    value =
        "!has(self.keepPaths) || self.keepPaths.all(p, self.keepPaths.exists_one(q, p == q ||"
            + " p.startsWith(q + '/')))",
    message = "no path of spec.keepPaths may be there twice, or lie in another one")
public record StoppableContainerRestoreSpec(
    @JsonPropertyDescription("The StoppableContainer that gets the files.") @Required Target target,
    @JsonPropertyDescription("Name of a StoppableContainerSnapshot of the same namespace.")
        @Size(min = 1, max = 63)
        @PrinterColumn(name = "Snapshot")
        @Nullable String snapshotName,
    @JsonPropertyDescription(
            "Whether the target gets the files of the image that its template names, as a new"
                + " StoppableContainer has them. So it takes a changed image.")
        @Nullable Boolean toImage,
    @JsonPropertyDescription(
            "Files and folders that stay as the target has them, such as /home. Each is kept whole,"
                + " in place of what the image or the snapshot has there.")
        @Size(min = 1, max = StoppableContainerRestoreSpec.MOST_KEPT_PATHS)
        @Nullable List<@Size(min = 2, max = 1024) String> keepPaths,
    @JsonPropertyDescription(
            "How long the restore is kept after it is done, and with it the state before: hours,"
                + " minutes and seconds, such as 72h or 1h30m. Without it, until it is deleted.")
        @Pattern(TimeToLive.PATTERN)
        @Size(min = 2)
        @Nullable String ttl) {

  /** Paths that one restore keeps. */
  public static final int MOST_KEPT_PATHS = 16;

  /**
   * A StoppableContainer of the restore's namespace.
   *
   * @param name its name
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Target(
      @JsonPropertyDescription("Name of a StoppableContainer of the same namespace.")
          @Required
          @Size(min = 1, max = 63)
          @PrinterColumn(name = "Target")
          String name) {}
}
