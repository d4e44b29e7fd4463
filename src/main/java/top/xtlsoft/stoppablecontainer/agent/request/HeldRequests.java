package top.xtlsoft.stoppablecontainer.agent.request;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Body;
import org.apache.camel.Header;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/**
 * Pods that ask while their container is stopped. The event of the instance's start brings each
 * request back, so that none is tried in between.
 */
public final class HeldRequests {

  private final Set<String> pods = ConcurrentHashMap.newKeySet();

  /**
   * Notes that a pod asks. The agent notes it before it reads the instance from its cache: the
   * event of a start that comes in between then finds the pod.
   *
   * @param podKey {@code namespace/name} of the pod, and of its instance
   */
  void hold(String podKey) {
    pods.add(podKey);
  }

  /** Forgets a pod that is gone, or whose container is not stopped. */
  void release(String podKey) {
    pods.remove(podKey);
  }

  /** Whether the pod of an instance waits for this event of it. */
  public boolean isDue(
      @Header(ScHeaders.KEY) String instanceKey, @Body StoppableContainerInstance instance) {
    return instance.getSpec().running() && pods.remove(instanceKey);
  }
}
