package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/**
 * The next start or stop by the schedule.
 *
 * @param running whether the container runs from then on
 * @param at its time (RFC 3339)
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ScheduledChange(
    @JsonPropertyDescription("Whether the container runs from then on.") boolean running,
    @JsonPropertyDescription("When (RFC 3339).") String at) {}
