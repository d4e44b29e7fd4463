package top.xtlsoft.stoppablecontainer.operator.kube;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.runtime.trace.TracedKeys;

/**
 * The cached StoppableContainers. The store notes the traced ones, and counts all by namespace:
 * each deletion asks whether its resource is the last one of the namespace, and a walk over all
 * resources would be too slow.
 */
final class ResourceStore extends TrimmingItemStore<StoppableContainer> {

  private final Map<String, Integer> countByNamespace = new ConcurrentHashMap<>();
  private final TracedKeys traced;

  ResourceStore(TracedKeys traced) {
    this.traced = traced;
  }

  @Override
  public StoppableContainer put(String key, StoppableContainer resource) {
    traced.see(resource);
    StoppableContainer old = super.put(key, resource);
    if (old == null) {
      countByNamespace.merge(resource.getMetadata().getNamespace(), 1, Integer::sum);
    }
    return old;
  }

  @Override
  public StoppableContainer remove(String key) {
    traced.forget(key);
    StoppableContainer old = super.remove(key);
    if (old != null) {
      countByNamespace.computeIfPresent(
          old.getMetadata().getNamespace(), (_, count) -> count == 1 ? null : count - 1);
    }
    return old;
  }

  /** Number of StoppableContainers in a namespace. */
  int count(String namespace) {
    return countByNamespace.getOrDefault(namespace, 0);
  }
}
