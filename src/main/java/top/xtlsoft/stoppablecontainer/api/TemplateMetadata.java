package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Metadata for one of the two pods.
 *
 * @param labels labels, so that Services and policies select the pod
 * @param annotations annotations
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record TemplateMetadata(
    @JsonPropertyDescription("Labels of the pod.") @Nullable Map<String, String> labels,
    @JsonPropertyDescription("Annotations of the pod.")
        @Nullable Map<String, String> annotations) {}
