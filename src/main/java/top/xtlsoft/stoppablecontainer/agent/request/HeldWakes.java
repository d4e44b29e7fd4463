package top.xtlsoft.stoppablecontainer.agent.request;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Body;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/**
 * Provider pods that ask for a container that does not run yet. An event of the instance or of its
 * consumer pod, which has the instance's name, brings the request back.
 */
public final class HeldWakes {

  private final Set<String> instances = ConcurrentHashMap.newKeySet();

  /**
   * Notes that the provider pod of an instance asks. The agent notes it before it reads its caches:
   * the event of a change that comes in between then finds the pod.
   *
   * @param instanceKey {@code namespace/name} of the instance
   */
  void hold(String instanceKey) {
    instances.add(instanceKey);
  }

  /** Forgets a request that is answered. */
  void release(String instanceKey) {
    instances.remove(instanceKey);
  }

  /**
   * Takes the provider pod that waits for this event.
   *
   * @return its key; empty when none waits
   */
  public String take(@Body HasMetadata changed) {
    String key = changed.getMetadata().getNamespace() + "/" + changed.getMetadata().getName();
    return instances.remove(key) ? ApiNames.providerPodName(key) : "";
  }
}
