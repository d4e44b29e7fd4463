package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodReadinessGate;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.Provider;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;

/**
 * Makes the consumer pod: the user's pod, whose first container starts as {@code sc-exec} and
 * executes the user's command once it has its file system. The pod keeps every field of the user.
 */
public final class ConsumerPodFactory {

  /** The desired consumer pod; bound to the instance's node once it has one. */
  public Pod consumer(
      StoppableContainer resource,
      StoppableContainerInstance instance,
      NormalizedTemplate template,
      Architecture architecture,
      String binConfigMap) {
    String name = resource.getMetadata().getName();
    Map<String, String> labels = new HashMap<>(ToolMetadata.NO_BACKUP);
    labels.putAll(template.labels());
    labels.putAll(ResourceMetadata.labels(name, ApiNames.ROLE_CONSUMER));
    return new PodBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(resource.getMetadata().getNamespace())
        .withLabels(labels)
        .addToAnnotations(ApiNames.ANNOTATION_DEFAULT_CONTAINER, template.stoppable().getName())
        .addToAnnotations(template.annotations())
        .addToAnnotations(ApiNames.ANNOTATION_TEMPLATE_HASH, TemplateHash.of(template))
        .addToAnnotations(
            ApiNames.ANNOTATION_ROOT,
            wantsReadOnlyRoot(template.stoppable())
                ? ApiNames.ROOT_READ_ONLY
                : ApiNames.ROOT_WRITABLE)
        .addToAnnotations(ApiNames.ANNOTATION_IMAGE, PinnedImage.of(instance))
        .addToAnnotations(PinnedImage.marks(instance))
        .withOwnerReferences(ResourceMetadata.controlledBy(instance))
        .endMetadata()
        .withSpec(
            instance.getSpec().nodeName() == null
                ? anywhere(resource, spec(instance, template.pod(), binConfigMap), architecture)
                : held(instance.getSpec().nodeName(), spec(instance, template.pod(), binConfigMap)))
        .build();
  }

  /**
   * The consumer pod as it waits for the next start of a stopped instance.
   *
   * @param consumer the pod of a start
   */
  public static Pod parked(Pod consumer, StoppableContainerInstance instance) {
    return new PodBuilder(consumer)
        .editMetadata()
        .addToAnnotations(
            ApiNames.ANNOTATION_PARKED, String.valueOf(instance.getMetadata().getGeneration()))
        .endMetadata()
        .editSpec()
        .editFirstContainer()
        .addToCommand(2, "--parked")
        .endContainer()
        .endSpec()
        .build();
  }

  private static PodSpec spec(
      StoppableContainerInstance instance, PodSpec user, String binConfigMap) {
    List<Container> containers = new ArrayList<>(user.getContainers());
    containers.set(0, wrapped(containers.getFirst(), PinnedImage.of(instance)));
    return new PodSpecBuilder(user)
        .withContainers(containers)
        .addAllToVolumes(InjectedVolumes.volumes(binConfigMap))
        .addToReadinessGates(new PodReadinessGate(ApiNames.POD_CONDITION_ATTACHED))
        .build();
  }

  private static PodSpec held(String nodeName, PodSpec spec) {
    return new PodSpecBuilder(spec)
        .withAffinity(NodePlacement.onNode(spec.getAffinity(), nodeName))
        .build();
  }

  /** Chooses among the nodes that may keep the file system. */
  private static PodSpec anywhere(
      StoppableContainer resource, PodSpec spec, Architecture architecture) {
    Map<String, String> selector = new HashMap<>();
    Optional.ofNullable(resource.getSpec().provider())
        .map(Provider::nodeSelector)
        .ifPresent(selector::putAll);
    Optional.ofNullable(spec.getNodeSelector()).ifPresent(selector::putAll);
    if (architecture.selectorNeeded()) {
      selector.put(Architecture.LABEL, architecture.name());
    }
    return new PodSpecBuilder(spec).withNodeSelector(selector).build();
  }

  private static Container wrapped(Container user, String image) {
    List<String> command = new ArrayList<>();
    command.add(InjectedVolumes.SC_EXEC);
    command.add("--request=attach");
    if (user.getCommand().isEmpty()) {
      command.add("--image-entrypoint");
    }
    command.add("--");
    command.addAll(user.getCommand());
    ContainerBuilder container =
        new ContainerBuilder(user)
            .withImage(image)
            .withCommand(command)
            // Writes before the attach would be lost, so they fail. The agent makes the root
            // writable, if the user wants that.
            .editOrNewSecurityContext()
            .withReadOnlyRootFilesystem(true)
            .endSecurityContext()
            .addAllToVolumeMounts(InjectedVolumes.mounts());
    if (user.getTerminationMessagePolicy() == null) {
      // The agent's refusal is on stderr, and the pod's status must show it.
      container.withTerminationMessagePolicy("FallbackToLogsOnError");
    }
    if (hasPostStartCommand(user)) {
      // Kubelet can run the hook before the attach: sc-exec waits for the file system.
      container
          .editLifecycle()
          .editPostStart()
          .editExec()
          .addToCommand(0, InjectedVolumes.SC_EXEC)
          .endExec()
          .endPostStart()
          .endLifecycle();
    }
    return container.build();
  }

  private static boolean wantsReadOnlyRoot(Container user) {
    return user.getSecurityContext() != null
        && Boolean.TRUE.equals(user.getSecurityContext().getReadOnlyRootFilesystem());
  }

  private static boolean hasPostStartCommand(Container container) {
    return container.getLifecycle() != null
        && container.getLifecycle().getPostStart() != null
        && container.getLifecycle().getPostStart().getExec() != null;
  }
}
