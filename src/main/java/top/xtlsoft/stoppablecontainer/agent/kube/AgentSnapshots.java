package top.xtlsoft.stoppablecontainer.agent.kube;

import io.fabric8.kubernetes.client.informers.cache.Store;
import java.util.List;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;

/** The snapshots that this node keeps, or is to take. */
public final class AgentSnapshots {

  private final InformerGroup informers;

  public AgentSnapshots(InformerGroup informers) {
    this.informers = informers;
  }

  /** The snapshot of that key, as far as the cache has it. */
  public Optional<StoppableContainerSnapshot> cached(String key) {
    return Optional.ofNullable(store().getByKey(key));
  }

  /** All snapshots of the node in the cache. */
  public List<StoppableContainerSnapshot> all() {
    return store().list();
  }

  @SuppressWarnings("unchecked")
  private Store<StoppableContainerSnapshot> store() {
    return (Store<StoppableContainerSnapshot>) informers.get(AgentInformers.SNAPSHOTS).getStore();
  }
}
