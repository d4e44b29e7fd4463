package top.xtlsoft.stoppablecontainer.operator.pass;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import java.util.List;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.MainContainer;
import top.xtlsoft.stoppablecontainer.api.TrimmedParts;

/**
 * Removes the fields of a pod that no planner reads, which are most of them. There are two pods for
 * each StoppableContainer, so the cached pods determine how the operator's memory grows. A field
 * that a planner reads must be kept here; the tests of the planners use trimmed pods only.
 */
public final class PodTrimmer {

  private PodTrimmer() {}

  /** Trims the pod itself, not a copy. */
  public static void trim(Pod pod) {
    trim(pod.getMetadata());
    if (pod.getSpec() != null) {
      pod.setSpec(trimmed(pod.getSpec(), new PodFacts(pod).isMadeToWait()));
    }
    if (pod.getStatus() != null) {
      pod.setStatus(trimmed(pod, pod.getStatus()));
    }
  }

  private static void trim(ObjectMeta metadata) {
    metadata.setManagedFields(List.of());
    metadata.setFinalizers(List.of());
    metadata.setOwnerReferences(
        metadata.getOwnerReferences().stream()
            .filter(owner -> Boolean.TRUE.equals(owner.getController()))
            .toList());
    metadata.setAnnotations(TrimmedParts.ours(metadata.getAnnotations()));
    metadata.setLabels(TrimmedParts.ours(metadata.getLabels()));
  }

  private static PodSpec trimmed(PodSpec spec, boolean waits) {
    return new PodSpecBuilder()
        .withNodeName(spec.getNodeName())
        .withRestartPolicy(spec.getRestartPolicy())
        .withTerminationGracePeriodSeconds(spec.getTerminationGracePeriodSeconds())
        .withImagePullSecrets(spec.getImagePullSecrets())
        .withContainers(
            spec.getContainers().stream().map(container -> trimmed(container, waits)).toList())
        .withVolumes(
            spec.getVolumes().stream()
                .filter(volume -> ApiNames.VOLUME_BIN.equals(volume.getName()))
                .toList())
        .build();
  }

  /** The resources of a pod that waits change with the start. */
  private static Container trimmed(Container container, boolean waits) {
    return new ContainerBuilder()
        .withName(container.getName())
        .withImage(container.getImage())
        .withResources(waits && MainContainer.asks(container) ? container.getResources() : null)
        .withVolumeMounts(
            container.getVolumeMounts().stream()
                .filter(mount -> ApiNames.VOLUME_REQUEST.equals(mount.getName()))
                .toList())
        .build();
  }

  private static PodStatus trimmed(Pod pod, PodStatus status) {
    return new PodStatusBuilder()
        .withPhase(status.getPhase())
        .withObservedGeneration(status.getObservedGeneration())
        .withReason(status.getReason())
        .withMessage(status.getMessage())
        .withConditions(status.getConditions())
        .withContainerStatuses(TrimmedParts.statuses(pod, status.getContainerStatuses()))
        .withInitContainerStatuses(TrimmedParts.statuses(pod, status.getInitContainerStatuses()))
        .build();
  }
}
