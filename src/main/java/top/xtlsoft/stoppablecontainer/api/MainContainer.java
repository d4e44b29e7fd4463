package top.xtlsoft.stoppablecontainer.api;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;

/** The container of a consumer pod whose root file system is kept. */
public final class MainContainer {

  private MainContainer() {}

  /**
   * Finds it by the request volume, which only this container mounts and no client can change
   * later. An admission webhook may have put other containers before it.
   *
   * @return empty for a pod that the operator did not make
   */
  public static Optional<Container> of(Pod pod) {
    return pod.getSpec().getContainers().stream().filter(MainContainer::asks).findFirst();
  }

  /** Whether it is the container that requests its file system from the agent. */
  public static boolean asks(Container container) {
    return container.getVolumeMounts().stream()
        .anyMatch(mount -> ApiNames.VOLUME_REQUEST.equals(mount.getName()));
  }
}
