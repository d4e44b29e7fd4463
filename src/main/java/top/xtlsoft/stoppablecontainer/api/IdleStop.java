package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * Stops a container that is not in use.
 *
 * @param after how long it is idle before it is stopped
 * @param connectionIdle how long an open terminal or connection without traffic still counts as
 *     use; absent for traffic alone
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
    value = "duration(self.after) >= duration('10s')",
    message = "spec.idle.after must be 10s or more")
public record IdleStop(
    @JsonPropertyDescription(
            "How long the container is idle before it is stopped: hours, minutes and seconds, such"
                + " as 30m or 1h30m, and 10s or more. The time begins with the start.")
        @Required
        @Pattern(TimeToLive.PATTERN)
        @Size(min = 2, max = 20)
        String after,
    @JsonPropertyDescription(
            "How long a terminal or a connection that is open, and in which nothing moves, still"
                + " counts as use, in the same form. Without it, only what moves counts.")
        @Pattern(TimeToLive.PATTERN)
        @Size(min = 2, max = 20)
        @Nullable String connectionIdle) {}
