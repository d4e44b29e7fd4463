package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PrinterColumn;
import io.fabric8.crd.generator.annotation.PrinterColumnFormat;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The operator's report of a restore. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record StoppableContainerRestoreStatus(
    @JsonPropertyDescription("Where the restore is in its life.") @PrinterColumn(name = "Phase")
        @Nullable RestorePhase phase,
    @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("One sentence for people: what is, and what to do about it.")
        @PrinterColumn(name = "Message", priority = 1)
        @Nullable String message,
    @JsonPropertyDescription("Facts with reasons; Ready is true once the files are restored.")
        @Nullable List<Condition> conditions,
    @JsonPropertyDescription(
            "Snapshot of the files before the restore. It is deleted with the restore.")
        @PrinterColumn(name = "Before")
        @Nullable String beforeSnapshotName,
    @JsonPropertyDescription("When the files were restored (RFC 3339).")
        @Nullable String restoredAt,
    @JsonPropertyDescription(
            "When the restore and the snapshot of the state before are deleted, as spec.ttl says"
                + " (RFC 3339).")
        @PrinterColumn(name = "Expires", format = PrinterColumnFormat.DATE_TIME, priority = 1)
        @Nullable String expiresAt) {}
