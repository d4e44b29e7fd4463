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
 * What a snapshot is taken of, and how.
 *
 * @param source the StoppableContainer; it can't be changed
 * @param stopIfNeeded whether a running one is stopped for the snapshot and then started again
 * @param ttl how long the snapshot is kept
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
    value = "self.source == oldSelf.source",
    message = "spec.source can't be changed: create another snapshot instead")
public record StoppableContainerSnapshotSpec(
    @JsonPropertyDescription("The StoppableContainer that the snapshot is taken of.") @Required
        Source source,
    @JsonPropertyDescription(
            "Whether the operator stops a running source, and starts it again when the snapshot is"
                + " taken. Without it the snapshot waits until the source is stopped.")
        @Nullable Boolean stopIfNeeded,
    @JsonPropertyDescription(
            "How long the snapshot is kept after it is taken: hours, minutes and seconds, such as"
                + " 72h or 1h30m. Without it, until it is deleted.")
        @Pattern(TimeToLive.PATTERN)
        @Size(min = 2)
        @Nullable String ttl) {

  /** A snapshot that waits until its source is stopped. */
  public StoppableContainerSnapshotSpec(Source source) {
    this(source, null, null);
  }

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
