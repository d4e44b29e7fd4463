package top.xtlsoft.stoppablecontainer.agent.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.cache.Store;
import java.util.List;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;

/** The instances of this node. */
public final class AgentInstances {

  private final InformerGroup informers;
  private final KubernetesClient client;

  public AgentInstances(InformerGroup informers, KubernetesClient client) {
    this.informers = informers;
    this.client = client;
  }

  /** The instance of that key, as far as the cache has it. */
  public Optional<StoppableContainerInstance> cached(String key) {
    return Optional.ofNullable(store().getByKey(key));
  }

  /** All instances of the node in the cache. */
  public List<StoppableContainerInstance> all() {
    return store().list();
  }

  /**
   * The instance of that key and UID. The operator names the node in the moment in which the pods
   * are there, so the cache may lag behind a request: one look at the API server is faster than to
   * wait.
   */
  Optional<StoppableContainerInstance> load(String key, String uid) {
    return cached(key)
        .filter(instance -> instance.getMetadata().getUid().equals(uid))
        .or(() -> fetch(key).filter(instance -> instance.getMetadata().getUid().equals(uid)));
  }

  /** The instance as the API server has it now. */
  public Optional<StoppableContainerInstance> fetch(String key) {
    int slash = key.indexOf('/');
    return Optional.ofNullable(
        client
            .resources(StoppableContainerInstance.class)
            .inNamespace(key.substring(0, slash))
            .withName(key.substring(slash + 1))
            .get());
  }

  @SuppressWarnings("unchecked")
  private Store<StoppableContainerInstance> store() {
    return (Store<StoppableContainerInstance>) informers.get(AgentInformers.INSTANCES).getStore();
  }
}
