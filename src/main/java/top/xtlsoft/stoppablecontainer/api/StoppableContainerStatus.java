package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PrinterColumn;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The operator's report. Each pass computes it again, and writes it only when it differs. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record StoppableContainerStatus(
    @JsonPropertyDescription("Where the container is in its life.") @PrinterColumn(name = "Phase")
        @Nullable StoppableContainerPhase phase,
    @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Whether the container is to run now, and if not, why.")
        @Nullable Wanted wanted,
    @JsonPropertyDescription("Since when that is wanted (RFC 3339).") @Nullable String wantedSince,
    @JsonPropertyDescription("One sentence for people: what is, and what to do about it.")
        @PrinterColumn(name = "Message", priority = 1)
        @Nullable String message,
    @JsonPropertyDescription(
            "Facts with reasons; Ready is true while the container runs and is ready.")
        @Nullable List<Condition> conditions,
    @JsonPropertyDescription("Name of the StoppableContainerInstance.")
        @Nullable String instanceName,
    @JsonPropertyDescription("Name of the provider pod.") @Nullable String providerPodName,
    @JsonPropertyDescription("Name of the consumer pod, while there is one.")
        @Nullable String consumerPodName,
    @JsonPropertyDescription("Node that keeps the file system.") @PrinterColumn(name = "Node")
        @Nullable String nodeName,
    @JsonPropertyDescription("Folder of the file system on that node.") @Nullable String hostPath,
    @JsonPropertyDescription("Image that the file system is made from, as the template named it.")
        @PrinterColumn(name = "Image", priority = 1)
        @Nullable String image,
    @JsonPropertyDescription("Image that the file system was made from, as the runtime names it.")
        @Nullable String imageID,
    @JsonPropertyDescription("Since when it is in its phase (RFC 3339).")
        @PrinterColumn(
            name = "Since",
            format = io.fabric8.crd.generator.annotation.PrinterColumnFormat.DATE_TIME,
            priority = 1)
        @Nullable String since,
    @JsonPropertyDescription(
            "When the container was last started (RFC 3339); kept while it is stopped.")
        @Nullable String lastStart,
    @JsonPropertyDescription("How often the container was started again since it was last started.")
        @PrinterColumn(name = "Restarts", priority = 1)
        @Nullable Integer restartCount,
    @JsonPropertyDescription("How the container last ended; kept while it is stopped.")
        @Nullable LastExit lastExit,
    @JsonPropertyDescription(
            "With spec.schedule, idle or wake: what the user last asked for. What they did before it"
                + " does not count.")
        @Nullable UserWish userWish,
    @JsonPropertyDescription("With spec.schedule: what it does next, and when.")
        @Nullable ScheduledChange scheduled,
    @JsonPropertyDescription(
            "When the StoppableContainer is deleted, as spec.deleteAfterStopped says (RFC 3339).")
        @Nullable String expiresAt,
    @JsonPropertyDescription("When its user was warned of that by an event (RFC 3339).")
        @Nullable String expiryWarnedAt,
    @JsonPropertyDescription("With spec.idle: whether it is in use, and when it is stopped if not.")
        @Nullable IdleStatus idle,
    @JsonPropertyDescription("How a connection last started it.") @Nullable WakeStatus wake,
    @JsonPropertyDescription("With spec.snapshots: when one is taken, and which was the last.")
        @Nullable SnapshotScheduleStatus snapshots) {}
