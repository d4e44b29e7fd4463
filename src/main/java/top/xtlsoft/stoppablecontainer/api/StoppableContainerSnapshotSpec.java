package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/**
 * What a snapshot is taken of. It can't be changed.
 *
 * @param source the StoppableContainer
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
    value = "self == oldSelf",
    message = "spec can't be changed: create another snapshot instead")
public record StoppableContainerSnapshotSpec(
    @JsonPropertyDescription("The StoppableContainer that the snapshot is taken of.") @Required
        Source source) {

  /**
   * A StoppableContainer of the snapshot's namespace.
   *
   * @param name its name
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Source(
      @JsonPropertyDescription("Name of a StoppableContainer of the same namespace.")
          @Required
          @Size(min = 1, max = 63)
          @PrinterColumn(name = "Source")
          String name) {}
}
