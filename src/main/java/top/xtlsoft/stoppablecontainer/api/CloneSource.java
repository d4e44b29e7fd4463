package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * Where the first files of a StoppableContainer come from, besides its image.
 *
 * @param snapshotName a snapshot of the same namespace
 * @param containerName a StoppableContainer of the same namespace, of which the operator takes a
 *     snapshot
 * @param resetIdentity files that the clone does not take over; absent for none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
    value = "has(self.snapshotName) != has(self.containerName)",
    message = "exactly one of snapshotName and containerName is required")
public record CloneSource(
    @JsonPropertyDescription("Name of a StoppableContainerSnapshot of the same namespace.")
        @Size(min = 1, max = 63)
        @Nullable String snapshotName,
    @JsonPropertyDescription(
            "Name of a stopped StoppableContainer of the same namespace. The operator takes a"
                + " snapshot of it.")
        @Size(min = 1, max = 63)
        @Nullable String containerName,
    @JsonPropertyDescription(
            "Files by which a machine is known, which the clone does not take over: they are gone"
                + " before its first process runs. {} for those that most programs use.")
        @Nullable ResetIdentity resetIdentity) {}
