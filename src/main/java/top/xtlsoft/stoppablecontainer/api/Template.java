package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HostAlias;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.PodDNSConfig;
import io.fabric8.kubernetes.api.model.PodReadinessGate;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The container and its pod. Exactly one of {@code container} and {@code spec} is set; with {@code
 * container} the pod's own fields stand beside it under the names that they have in a core/v1
 * PodSpec.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
    value = "has(self.container) != has(self.spec)",
    message = "exactly one of template.container and template.spec must be set")
@ValidationRule(
    value = "!has(self.container) || (has(self.container.image) && size(self.container.image) > 0)",
    message = "template.container.image is required")
@ValidationRule(
    value = "!has(self.spec) || (has(self.spec.containers) && size(self.spec.containers) > 0)",
    message = "template.spec.containers must have a container: the first one is the stoppable one")
@ValidationRule(
    value =
        "!has(self.spec) || !has(self.spec.containers) || size(self.spec.containers) == 0 ||"
            + " (has(self.spec.containers[0].image) && size(self.spec.containers[0].image) > 0)",
    message = "template.spec.containers[0].image is required")
@ValidationRule(
    value =
        "[has(self.restartPolicy) ? self.restartPolicy : 'Always', has(self.spec) &&"
            + " has(self.spec.restartPolicy) ? self.spec.restartPolicy : 'Always'].all(p, p in"
            + " ['Always', 'OnFailure', 'Never'])",
    message = "template's restartPolicy must be Always, OnFailure or Never")
@ValidationRule(
    value =
        "(!has(self.terminationGracePeriodSeconds) || self.terminationGracePeriodSeconds >= 0) &&"
            + " (!has(self.spec) || !has(self.spec.terminationGracePeriodSeconds) ||"
            + " self.spec.terminationGracePeriodSeconds >= 0)",
    message = "template's terminationGracePeriodSeconds must not be negative")
@ValidationRule(
    value = "!has(self.spec) || !has(self.spec.hostPID) || !self.spec.hostPID",
    message =
        "template.spec.hostPID must not be true: the stoppable container needs process IDs of its"
            + " own")
@ValidationRule(
    value =
        "!has(self.spec) || !has(self.spec.os) || !has(self.spec.os.name) || self.spec.os.name =="
            + " 'linux'",
    message =
        "template.spec.os.name must be linux: the file system is an overlay, which others lack")
@ValidationRule(
    value = "!has(self.spec) || !has(self.spec.ephemeralContainers)",
    message =
        "template.spec.ephemeralContainers must not be set: add them to the running pod with"
            + " kubectl debug")
public record Template(
    @JsonPropertyDescription("Labels and annotations of the consumer pod.")
        @Nullable TemplateMetadata metadata,
    @JsonPropertyDescription(
            "The stoppable container, with the fields of a core/v1 Container. Its pod's fields stand beside it.")
        @Nullable Container container,
    @JsonPropertyDescription(
            "A whole core/v1 PodSpec. Its first container is the stoppable one; others run beside it as they are.")
        @Nullable PodSpec spec,
    @Nullable List<Volume> volumes,
    @Nullable String serviceAccountName,
    @Nullable Boolean automountServiceAccountToken,
    @Nullable List<LocalObjectReference> imagePullSecrets,
    @Nullable Map<String, String> nodeSelector,
    @Nullable List<Toleration> tolerations,
    @Nullable Affinity affinity,
    @Nullable PodSecurityContext securityContext,
    @Nullable Long terminationGracePeriodSeconds,
    @Nullable Long activeDeadlineSeconds,
    @Nullable String restartPolicy,
    @Nullable List<HostAlias> hostAliases,
    @Nullable String dnsPolicy,
    @Nullable PodDNSConfig dnsConfig,
    @Nullable Boolean hostNetwork,
    @Nullable Boolean hostIPC,
    @Nullable Boolean shareProcessNamespace,
    @Nullable Boolean enableServiceLinks,
    @Nullable String hostname,
    @Nullable String subdomain,
    @Nullable Boolean setHostnameAsFQDN,
    @Nullable String priorityClassName,
    @Nullable String preemptionPolicy,
    @Nullable String runtimeClassName,
    @Nullable String schedulerName,
    @Nullable List<TopologySpreadConstraint> topologySpreadConstraints,
    @Nullable List<PodReadinessGate> readinessGates) {}
