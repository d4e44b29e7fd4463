package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/**
 * How a connection last started a container with spec.wake.
 *
 * @param wokenAt when that was (RFC 3339)
 * @param port the port of the connection
 * @param generation of the stopped instance; null in a status of an earlier operator
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record WakeStatus(
    @JsonPropertyDescription("When that was (RFC 3339).") @Nullable String wokenAt,
    @JsonPropertyDescription("Its port.") @Nullable Integer port,
    @JsonPropertyDescription("Generation of the instance that it came to.")
        @Nullable Long generation) {}
