package top.xtlsoft.stoppablecontainer.api;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;

/** The container of a consumer pod whose root file system is kept. */
public final class MainContainer {

  private MainContainer() {}

  /**
   * Finds it by what it alone mounts, which the API server lets no one change later. An admission
   * webhook may have put other containers before it.
   *
   * @return empty for a pod that the operator did not make
   */
  public static Optional<Container> of(Pod pod) {
    return pod.getSpec().getContainers().stream().filter(MainContainer::asks).findFirst();
  }

  /** Whether it is the container that asks the agent for its file system. */
  public static boolean asks(Container container) {
    return container.getVolumeMounts().stream()
        .anyMatch(mount -> ApiNames.VOLUME_REQUEST.equals(mount.getName()));
  }
}
