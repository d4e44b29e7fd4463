package top.xtlsoft.stoppablecontainer.agent.kube;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.TrimmedParts;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;

/**
 * Takes off a pod what the agent does not read. A user may write more than a megabyte into a pod,
 * and the agent's heap has 64 MiB. Code that reads more of a pod must have it kept here.
 */
final class PodTrimmer {

  private PodTrimmer() {}

  /** Trims the pod itself, not a copy. */
  static void trim(Pod pod) {
    trimMetadata(pod);
    if (pod.getSpec() != null) {
      pod.setSpec(
          new PodSpecBuilder()
              .withNodeName(pod.getSpec().getNodeName())
              .withHostUsers(pod.getSpec().getHostUsers())
              .withContainers(
                  pod.getSpec().getContainers().stream().map(PodTrimmer::trimmed).toList())
              .build());
    }
    if (pod.getStatus() != null) {
      pod.setStatus(trimmed(pod, pod.getStatus()));
    }
  }

  /**
   * Keeps this product's labels, and of the annotations those that switch tracing on, name files to
   * adopt, and say what the container's root is, for which restore a pod was made, and whether it
   * listens for its container.
   */
  static void trimMetadata(HasMetadata object) {
    ObjectMeta metadata = object.getMetadata();
    metadata.setManagedFields(List.of());
    metadata.setAnnotations(kept(object));
    metadata.setLabels(TrimmedParts.ours(metadata.getLabels()));
  }

  private static Map<String, String> kept(HasMetadata object) {
    Map<String, String> kept =
        new HashMap<>(UserAnnotation.on(object, UserAnnotation.ADOPT, UserAnnotation.TRACE));
    for (String name :
        List.of(
            ApiNames.ANNOTATION_ROOT,
            ApiNames.ANNOTATION_RESTORE,
            ApiNames.ANNOTATION_PARKED,
            ApiNames.ANNOTATION_WAKE)) {
      Optional.ofNullable(object.getMetadata().getAnnotations())
          .map(annotations -> annotations.get(name))
          .ifPresent(value -> kept.put(name, value));
    }
    return Map.copyOf(kept);
  }

  /**
   * Only containers that ask the agent have a command that it reads, and of that the words up to
   * {@code --} are sc-exec's; all else is the user's.
   */
  private static Container trimmed(Container container) {
    List<VolumeMount> asking =
        container.getVolumeMounts().stream()
            .filter(mount -> ApiNames.VOLUME_REQUEST.equals(mount.getName()))
            .toList();
    return new ContainerBuilder()
        .withName(container.getName())
        .withImage(container.getImage())
        .withCommand(
            asking.isEmpty()
                ? List.of()
                : container.getCommand().stream().takeWhile(word -> !word.equals("--")).toList())
        .withVolumeMounts(asking)
        .build();
  }

  private static PodStatus trimmed(Pod pod, PodStatus status) {
    return new PodStatusBuilder()
        .withPhase(status.getPhase())
        .withPodIP(status.getPodIP())
        .withConditions(
            status.getConditions().stream()
                .filter(condition -> condition.getType().startsWith(ApiNames.GROUP + "/"))
                .toList())
        .withContainerStatuses(TrimmedParts.statuses(pod, status.getContainerStatuses()))
        .build();
  }
}
