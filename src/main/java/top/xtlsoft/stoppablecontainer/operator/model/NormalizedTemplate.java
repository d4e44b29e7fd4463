package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSpec;
import top.xtlsoft.stoppablecontainer.api.Template;
import top.xtlsoft.stoppablecontainer.api.TemplateMetadata;

/**
 * The user's template, converted from either of its two forms.
 *
 * @param labels labels for the consumer pod
 * @param annotations annotations for the consumer pod
 * @param pod pod of the user; its first container is the stoppable one and has a name and an image
 */
public record NormalizedTemplate(
    Map<String, String> labels, Map<String, String> annotations, PodSpec pod) {

  public NormalizedTemplate {
    labels = withoutNulls(labels);
    annotations = withoutNulls(annotations);
    if (pod.getContainers().isEmpty()) {
      throw new IllegalArgumentException("template.spec.containers is empty");
    }
    if (blank(pod.getContainers().getFirst().getImage())) {
      throw new IllegalArgumentException("the stoppable container has no image");
    }
  }

  /** Whether the template has exactly one form, with a container and an image. */
  public static boolean canNormalize(@Nullable Template template) {
    if (template == null || (template.container() == null) == (template.spec() == null)) {
      return false;
    }
    return first(template).filter(container -> !blank(container.getImage())).isPresent();
  }

  /** Converts a spec whose template {@link #canNormalize} accepts, with its ephemeral folders. */
  public static NormalizedTemplate of(StoppableContainerSpec spec) {
    NormalizedTemplate template = of(Objects.requireNonNull(spec.template()));
    return new NormalizedTemplate(
        template.labels(),
        template.annotations(),
        EphemeralFolders.addTo(template.pod(), spec.ephemeral()));
  }

  /** Converts a template that {@link #canNormalize} accepts. */
  public static NormalizedTemplate of(Template template) {
    Optional<TemplateMetadata> metadata = Optional.ofNullable(template.metadata());
    return new NormalizedTemplate(
        metadata.map(TemplateMetadata::labels).orElse(Map.of()),
        metadata.map(TemplateMetadata::annotations).orElse(Map.of()),
        named(template.spec() == null ? podAround(template) : template.spec()));
  }

  /** The container whose file system is kept. */
  public Container stoppable() {
    return pod.getContainers().getFirst();
  }

  /** Image of the stoppable container, as the user wrote it. */
  public String image() {
    return stoppable().getImage();
  }

  private static Optional<Container> first(Template template) {
    PodSpec spec = template.spec();
    return spec == null
        ? Optional.ofNullable(template.container())
        : spec.getContainers().stream().findFirst();
  }

  private static PodSpec podAround(Template template) {
    return new PodSpecBuilder()
        .withContainers(List.of(template.container()))
        .withVolumes(listOf(template.volumes()))
        .withServiceAccountName(template.serviceAccountName())
        .withAutomountServiceAccountToken(template.automountServiceAccountToken())
        .withImagePullSecrets(listOf(template.imagePullSecrets()))
        .withNodeSelector(template.nodeSelector())
        .withTolerations(listOf(template.tolerations()))
        .withAffinity(template.affinity())
        .withSecurityContext(template.securityContext())
        .withTerminationGracePeriodSeconds(template.terminationGracePeriodSeconds())
        .withActiveDeadlineSeconds(template.activeDeadlineSeconds())
        .withRestartPolicy(template.restartPolicy())
        .withHostAliases(listOf(template.hostAliases()))
        .withDnsPolicy(template.dnsPolicy())
        .withDnsConfig(template.dnsConfig())
        .withHostNetwork(template.hostNetwork())
        .withHostIPC(template.hostIPC())
        .withShareProcessNamespace(template.shareProcessNamespace())
        .withEnableServiceLinks(template.enableServiceLinks())
        .withHostname(template.hostname())
        .withSubdomain(template.subdomain())
        .withSetHostnameAsFQDN(template.setHostnameAsFQDN())
        .withPriorityClassName(template.priorityClassName())
        .withPreemptionPolicy(template.preemptionPolicy())
        .withRuntimeClassName(template.runtimeClassName())
        .withSchedulerName(template.schedulerName())
        .withTopologySpreadConstraints(listOf(template.topologySpreadConstraints()))
        .withReadinessGates(listOf(template.readinessGates()))
        .build();
  }

  private static PodSpec named(PodSpec spec) {
    if (spec.getContainers().isEmpty() || !blank(spec.getContainers().getFirst().getName())) {
      return spec;
    }
    List<Container> containers = new ArrayList<>(spec.getContainers());
    containers.set(
        0,
        new ContainerBuilder(containers.getFirst()).withName(ApiNames.CONTAINER_DEFAULT).build());
    return new PodSpecBuilder(spec).withContainers(containers).build();
  }

  /** The API server accepts {@code key: null} in a template, and ignores such an entry in a pod. */
  private static Map<String, String> withoutNulls(Map<String, String> map) {
    return map.entrySet().stream()
        .filter(entry -> entry.getValue() != null)
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static <T> List<T> listOf(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  private static boolean blank(@Nullable String text) {
    return text == null || text.isBlank();
  }
}
