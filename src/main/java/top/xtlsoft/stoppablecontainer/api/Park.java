package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import org.jspecify.annotations.Nullable;

/**
 * How the pod of the next start waits, of a container that parks it.
 *
 * @param resources what it holds of its requests; all is the default
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record Park(
    @JsonPropertyDescription(
            "What the pod holds of the processor and memory that its template requests. Keep: all."
                + " Shrink: next to nothing; the start takes it back, as far as the node still has it.")
        @Default("Keep")
        @Nullable Resources resources) {

  /** What a pod that waits holds of its requests. */
  public enum Resources {
    /** All. */
    @JsonProperty("Keep")
    KEEP,
    /** What it needs to wait. */
    @JsonProperty("Shrink")
    SHRINK
  }
}
