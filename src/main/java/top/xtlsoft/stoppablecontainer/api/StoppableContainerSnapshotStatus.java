package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PrinterColumn;
import io.fabric8.crd.generator.annotation.PrinterColumnFormat;
import io.fabric8.crd.generator.annotation.SelectableField;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of a snapshot. The node agent writes {@code agent}, the operator all other fields.
 * {@code nodeName}, {@code sourceUID} and {@code hostPathPrefix} are the operator's order to the
 * agent: they are set together, once, when the source is stopped.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record StoppableContainerSnapshotStatus(
    @JsonPropertyDescription("Where the snapshot is in its life.") @PrinterColumn(name = "Phase")
        @Nullable SnapshotPhase phase,
    @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("One sentence for people: what is, and what to do about it.")
        @PrinterColumn(name = "Message", priority = 1)
        @Nullable String message,
    @JsonPropertyDescription("Facts with reasons; Ready is true once the snapshot is taken.")
        @Nullable List<Condition> conditions,
    @JsonPropertyDescription("Node that keeps the snapshot.")
        @PrinterColumn(name = "Node")
        @SelectableField
        @Nullable String nodeName,
    @JsonPropertyDescription("UID of the StoppableContainerInstance that it is taken of.")
        @Nullable String sourceUID,
    @JsonPropertyDescription(
            "Generation of that instance when it was found stopped. Each start gives it a newer one.")
        @Nullable Long sourceGeneration,
    @JsonPropertyDescription("Folder on the node below which the snapshot is kept.")
        @Nullable String hostPathPrefix,
    @JsonPropertyDescription("Image that the files were made from, as the template named it.")
        @PrinterColumn(name = "Image", priority = 1)
        @Nullable String image,
    @JsonPropertyDescription("Image that the files were made from, as the runtime names it.")
        @Nullable String imageID,
    @JsonPropertyDescription(
            "When the source that was stopped for the snapshot starts again at the latest"
                + " (RFC 3339).")
        @Nullable String stopUntil,
    @JsonPropertyDescription("When the snapshot was taken (RFC 3339).")
        @PrinterColumn(name = "Taken", format = PrinterColumnFormat.DATE_TIME, priority = 1)
        @Nullable String takenAt,
    @JsonPropertyDescription("When the snapshot is deleted, as spec.ttl says (RFC 3339).")
        @PrinterColumn(name = "Expires", format = PrinterColumnFormat.DATE_TIME, priority = 1)
        @Nullable String expiresAt,
    @JsonPropertyDescription("Number of layers between the image and what is written next.")
        @PrinterColumn(name = "Layers")
        @Nullable Integer layers,
    @JsonPropertyDescription(
            "Bytes of all its layers on the node's disk. It shares them with what has the same"
                + " layers.")
        @PrinterColumn(name = "Bytes")
        @Nullable Long bytes,
    @JsonPropertyDescription("What the node agent reports.") @Nullable SnapshotReport agent) {}
