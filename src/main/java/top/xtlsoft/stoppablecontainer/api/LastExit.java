package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/**
 * How the container last ended.
 *
 * @param exitCode its exit code
 * @param reason kubelet's word for it
 * @param finishedAt when
 * @param signal number of the signal that ended it, if one did
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record LastExit(
    @JsonPropertyDescription("Exit code of the container's process.") @Nullable Integer exitCode,
    @JsonPropertyDescription("Why it ended: Completed, Error, OOMKilled, ...")
        @Nullable String reason,
    @JsonPropertyDescription("When it ended (RFC 3339).") @Nullable String finishedAt,
    @JsonPropertyDescription("Signal that ended it, if one did.") @Nullable Integer signal) {}
