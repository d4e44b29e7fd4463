package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PrinterColumn;
import org.jspecify.annotations.Nullable;

/**
 * Whether a container with spec.idle is in use.
 *
 * @param message what keeps it busy, or since when it is idle, for people
 * @param since since when it is idle (RFC 3339)
 * @param stopsAt when it is stopped if it stays idle (RFC 3339)
 * @param warnedAt when its user was warned of that (RFC 3339)
 * @param stoppedAt when it was stopped because it was idle (RFC 3339); kept until it is started
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record IdleStatus(
    @JsonPropertyDescription("What keeps it busy, or since when it is idle.")
        @PrinterColumn(name = "Activity", priority = 1)
        @Nullable String message,
    @JsonPropertyDescription("Since when it is idle (RFC 3339).") @Nullable String since,
    @JsonPropertyDescription("When it is stopped if it stays idle (RFC 3339).")
        @Nullable String stopsAt,
    @JsonPropertyDescription("When its user was warned of that by an event (RFC 3339).")
        @Nullable String warnedAt,
    @JsonPropertyDescription(
            "When it was stopped because it was idle (RFC 3339); until it is started again.")
        @Nullable String stoppedAt) {}
