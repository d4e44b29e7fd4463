package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PrinterColumn;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * What is restored.
 *
 * @param target the StoppableContainer that gets the files
 * @param snapshotName the snapshot that has them; absent for the image
 * @param toImage whether it gets those of the image that its template names, and nothing else
 * @param ttl how long the state before is kept
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
    value =
        "self.target == oldSelf.target && has(self.snapshotName) == has(oldSelf.snapshotName) &&"
            + " (!has(self.snapshotName) || self.snapshotName == oldSelf.snapshotName)",
    message =
        "spec.target, spec.snapshotName and spec.toImage can't be changed: create another restore"
            + " instead")
@ValidationRule(
    value = "has(self.snapshotName) != (has(self.toImage) && self.toImage)",
    message = "exactly one of snapshotName and toImage: true is required")
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
            "How long the restore is kept after it is done, and with it the state before: hours,"
                + " minutes and seconds, such as 72h or 1h30m. Without it, until it is deleted.")
        @Pattern(TimeToLive.PATTERN)
        @Size(min = 2)
        @Nullable String ttl) {

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
