package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/**
 * What is restored. It can't be changed.
 *
 * @param target the StoppableContainer that gets the files
 * @param snapshotName the snapshot that has them
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
    value = "self == oldSelf",
    message = "spec can't be changed: create another restore instead")
public record StoppableContainerRestoreSpec(
    @JsonPropertyDescription("The StoppableContainer that gets the files.") @Required Target target,
    @JsonPropertyDescription("Name of a StoppableContainerSnapshot of the same namespace.")
        @Required
        @Size(min = 1, max = 63)
        @PrinterColumn(name = "Snapshot")
        String snapshotName) {

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
