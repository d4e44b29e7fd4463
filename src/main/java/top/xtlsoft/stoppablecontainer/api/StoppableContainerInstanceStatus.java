package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PrinterColumn;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The state of an instance. The node agent writes {@code agent}, the operator all other fields. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record StoppableContainerInstanceStatus(
    @JsonPropertyDescription("Where the instance is in its life.") @PrinterColumn(name = "Phase")
        @Nullable InstancePhase phase,
    @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("One sentence for people: what is, and what to do about it.")
        @PrinterColumn(name = "Message", priority = 1)
        @Nullable String message,
    @JsonPropertyDescription("Facts with reasons.") @Nullable List<Condition> conditions,
    @JsonPropertyDescription("Name of the provider pod.") @Nullable String providerPodName,
    @JsonPropertyDescription("Name of the consumer pod, while there is one.")
        @Nullable String consumerPodName,
    @JsonPropertyDescription("Folder of the file system on the node.") @Nullable String hostPath,
    @JsonPropertyDescription("Image that the file system was made from, as the runtime names it.")
        @Nullable String imageID,
    @JsonPropertyDescription("What the node agent reports.") @Nullable AgentReport agent) {}
