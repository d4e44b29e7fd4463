package top.xtlsoft.stoppablecontainer.agent.request;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.api.AttachedContainer;

/**
 * Which container an answer was given to. ready.json outlives it, and the boot.
 *
 * @param bootId which boot of the node it was
 * @param id the runtime's ID of the container; null where its cgroup does not name it
 * @param reported ID of the pod's container in its status at that moment, which may still be that
 *     of the container before
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record AnsweredContainer(String bootId, @Nullable String id, @Nullable String reported) {

  /** The container that asks. */
  static AnsweredContainer of(String bootId, PodRequest request) {
    return new AnsweredContainer(
        bootId,
        request.requester().containerId().orElse(null),
        AgentPods.containerStatus(request.pod()).map(ContainerStatus::getContainerID).orElse(null));
  }

  /** Whether it is, as far as can be known, the container that the pod has now. */
  boolean isOf(Pod pod, String nowBootId) {
    if (!bootId.equals(nowBootId)) {
      return false;
    }
    Optional<AttachedContainer> container = attached();
    Optional<ContainerStatus> status = AgentPods.containerStatus(pod);
    if (container.isEmpty() || status.isEmpty()) {
      return true;
    }
    String current = status.get().getContainerID();
    boolean known =
        current == null
            || current.isEmpty()
            || container.get().is(current)
            || Objects.equals(current, reported);
    return known && !container.get().hasEnded(status.get());
  }

  /** As the pod's condition says it. */
  Optional<AttachedContainer> attached() {
    return Optional.ofNullable(id).map(known -> new AttachedContainer(known, bootId));
  }
}
