package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * How the file system is kept on its node.
 *
 * @param size what it can hold of its own, besides the image
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
    value =
        "isQuantity(self.size) && quantity(self.size).compareTo(quantity('64Mi')) >= 0 &&"
            + " quantity(self.size).compareTo(quantity('16Ti')) <= 0",
    message = "spec.storage.size must be a quantity, at least 64Mi and at most 16Ti")
@ValidationRule(
    value = "quantity(self.size).compareTo(quantity(oldSelf.size)) >= 0",
    message = "spec.storage.size can grow and never shrink")
public record StorageSpec(
    @JsonPropertyDescription(
            "What the container's changes to its image can take, with the tables of a file system"
                + " (64Mi to 16Ti); those since its last snapshot or restore, where it has one. It"
                + " can grow while the container runs, and never shrink.")
        @Required
        @Size(min = 1, max = 32)
        @Nullable String size) {

  /** The size in bytes; null without one. */
  public @Nullable Long sizeBytes() {
    return size == null
        ? null
        : (Long)
            Quantity.getAmountInBytes(new Quantity(size))
                .setScale(0, RoundingMode.DOWN)
                .longValueExact();
  }
}
