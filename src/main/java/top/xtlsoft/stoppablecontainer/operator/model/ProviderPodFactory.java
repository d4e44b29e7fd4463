package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodReadinessGate;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.Provider;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.TemplateMetadata;

/**
 * Makes the provider pod, which keeps the container's place and image on a node. It can run where
 * the template allows the consumer, and satisfies the restricted Pod Security Standard.
 */
public final class ProviderPodFactory {

  private static final List<String> MOUNT =
      List.of(InjectedVolumes.SC_EXEC, "--request=mount", "--");

  /** The user ID of distroless images. */
  private static final long USER_ID = 65532;

  /** Both processes end at once on SIGTERM. */
  private static final long GRACE_PERIOD_SECONDS = 5;

  private static final Map<String, Quantity> MINIMAL_REQUESTS =
      Map.of("cpu", new Quantity("1m"), "memory", new Quantity("8Mi"));

  /**
   * The desired provider pod; bound to the instance's node once it has one.
   *
   * @param follows whether the scheduler puts it beside the consumer pod, which exists already
   */
  public Pod provider(
      StoppableContainer resource,
      StoppableContainerInstance instance,
      NormalizedTemplate template,
      Architecture architecture,
      String binConfigMap,
      boolean follows) {
    String name = resource.getMetadata().getName();
    PodSpec user = template.pod();
    Optional<Provider> wishes = Optional.ofNullable(resource.getSpec().provider());
    Map<String, String> nodeSelector = nodeSelector(wishes, user, architecture);
    List<Toleration> tolerations = wishes.map(Provider::tolerations).orElse(user.getTolerations());
    String nodeName = instance.getSpec().nodeName();
    Optional<WakeListener> wake = WakeListener.of(resource, template);
    return new PodBuilder()
        .withNewMetadata()
        .withName(ApiNames.providerPodName(name))
        .withNamespace(resource.getMetadata().getNamespace())
        .addToLabels(labels(resource))
        .addToAnnotations(ToolMetadata.PROVIDER_ANNOTATIONS)
        .addToAnnotations(
            wishes.map(Provider::metadata).map(TemplateMetadata::annotations).orElse(Map.of()))
        .addToAnnotations(ApiNames.ANNOTATION_TEMPLATE_HASH, TemplateHash.of(template))
        .addToAnnotations(ApiNames.ANNOTATION_IMAGE, PinnedImage.of(instance))
        .addToAnnotations(PinnedImage.marks(instance))
        .addToAnnotations(
            wake.map(listener -> Map.of(ApiNames.ANNOTATION_WAKE, listener.text()))
                .orElse(Map.of()))
        .addToAnnotations(follows ? Map.of(ApiNames.ANNOTATION_FOLLOWS, name) : Map.of())
        .withOwnerReferences(ResourceMetadata.controlledBy(instance))
        .endMetadata()
        .withNewSpec()
        .withContainers(
            container(ApiNames.CONTAINER_ROOTFS, instance, template, wishes)
                .withCommand(InjectedVolumes.PAUSE)
                .withEnv(
                    new EnvVarBuilder()
                        .withName(ApiNames.ENV_ROOTFS_MARKER)
                        .withValue("true")
                        .build())
                .withVolumeMounts(InjectedVolumes.binMount())
                .build(),
            container(ApiNames.CONTAINER_PROVIDER, instance, template, wishes)
                .withCommand(MOUNT)
                .addAllToCommand(
                    wake.map(WakeListener::command).orElse(List.of(InjectedVolumes.PAUSE)))
                .withPorts(wake.map(WakeListener::ports).orElse(List.of()))
                .withVolumeMounts(InjectedVolumes.mounts())
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .build())
        .withVolumes(InjectedVolumes.volumes(binConfigMap))
        .withReadinessGates(new PodReadinessGate(ApiNames.POD_CONDITION_MOUNTED))
        .withRestartPolicy("Always")
        .withTerminationGracePeriodSeconds(GRACE_PERIOD_SECONDS)
        .withAutomountServiceAccountToken(false)
        .withEnableServiceLinks(false)
        .withServiceAccountName(user.getServiceAccountName())
        .withImagePullSecrets(user.getImagePullSecrets())
        .withNodeName(user.getNodeName())
        .withNodeSelector(nodeSelector)
        .withTolerations(tolerations)
        .withAffinity(
            follows
                ? NodePlacement.beside(ResourceMetadata.labels(name, ApiNames.ROLE_CONSUMER))
                : affinity(user, nodeName))
        .withTopologySpreadConstraints(
            nodeName == null && !follows
                ? TopologySpread.beside(user.getTopologySpreadConstraints())
                : List.of())
        .withRuntimeClassName(user.getRuntimeClassName())
        .withSchedulerName(user.getSchedulerName())
        .withPriorityClassName(user.getPriorityClassName())
        .withPreemptionPolicy(user.getPreemptionPolicy())
        .withNewSecurityContext()
        .withRunAsNonRoot(true)
        .withRunAsUser(USER_ID)
        .withRunAsGroup(USER_ID)
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .endSecurityContext()
        .endSpec()
        .build();
  }

  /** The labels that a provider pod has at any time. */
  static Map<String, String> labels(StoppableContainer resource) {
    Map<String, String> labels = new HashMap<>(ToolMetadata.NO_BACKUP);
    labels.putAll(ToolMetadata.PROVIDER_LABELS);
    Optional.ofNullable(resource.getSpec().provider())
        .map(Provider::metadata)
        .map(TemplateMetadata::labels)
        .ifPresent(labels::putAll);
    labels.putAll(
        ResourceMetadata.labels(resource.getMetadata().getName(), ApiNames.ROLE_PROVIDER));
    return labels;
  }

  private static @Nullable Affinity affinity(PodSpec user, @Nullable String nodeName) {
    return nodeName == null
        ? user.getAffinity()
        : NodePlacement.onNode(NodePlacement.withoutPods(user.getAffinity()), nodeName);
  }

  private static ContainerBuilder container(
      String name,
      StoppableContainerInstance instance,
      NormalizedTemplate template,
      Optional<Provider> wishes) {
    return new ContainerBuilder()
        .withName(name)
        .withImage(PinnedImage.of(instance))
        .withImagePullPolicy(template.stoppable().getImagePullPolicy())
        // This user may have no access to the image's working directory.
        .withWorkingDir("/")
        .withResources(resources(wishes))
        .withSecurityContext(restricted());
  }

  private static Map<String, String> nodeSelector(
      Optional<Provider> wishes, PodSpec user, Architecture architecture) {
    Map<String, String> selector =
        new HashMap<>(
            wishes
                .map(Provider::nodeSelector)
                .or(() -> Optional.ofNullable(user.getNodeSelector()))
                .orElse(Map.of()));
    if (architecture.selectorNeeded()) {
      selector.put(Architecture.LABEL, architecture.name());
    }
    return selector;
  }

  private static ResourceRequirements resources(Optional<Provider> wishes) {
    return wishes
        .map(Provider::resources)
        .orElseGet(() -> new ResourceRequirementsBuilder().withRequests(MINIMAL_REQUESTS).build());
  }

  private static SecurityContext restricted() {
    return new SecurityContextBuilder()
        .withAllowPrivilegeEscalation(false)
        .withPrivileged(false)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .build();
  }
}
