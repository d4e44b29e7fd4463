package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The user's settings of the provider pod.
 *
 * @param resources requests and limits of each of its two containers; minimal when absent
 * @param nodeSelector where it may run; the template's when absent
 * @param tolerations taints that it tolerates; the template's when absent
 * @param metadata its labels and annotations, which override the defaults
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record Provider(
    @JsonPropertyDescription("Requests and limits of each container of the provider pod.")
        @Nullable ResourceRequirements resources,
    @JsonPropertyDescription(
            "Labels of the nodes that may keep the file system; the template's if absent.")
        @Nullable Map<String, String> nodeSelector,
    @JsonPropertyDescription("Taints that the provider pod tolerates; the template's if absent.")
        @Nullable List<Toleration> tolerations,
    @JsonPropertyDescription(
            "Labels and annotations of the provider pod. By default they keep service meshes and"
                + " backups off it and have autoscalers keep its node; what is given here wins.")
        @Nullable TemplateMetadata metadata) {}
