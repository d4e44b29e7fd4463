package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/**
 * What the user last asked for. Times of the schedule after it count, earlier ones do not.
 *
 * @param running value of spec.running
 * @param since when the operator first saw the wish (RFC 3339)
 * @param setAt value of {@link UserAnnotation#RUNNING_SET_AT} at that time
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record UserWish(
    @JsonPropertyDescription("The value of spec.running.") boolean running,
    @JsonPropertyDescription("When the operator first saw this wish (RFC 3339).") String since,
    @JsonPropertyDescription(
            "The value of the annotation stoppablecontainer.xtlsoft.top/running-set-at that came"
                + " with it.")
        @Nullable String setAt) {}
