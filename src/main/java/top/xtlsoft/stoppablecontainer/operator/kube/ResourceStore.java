package top.xtlsoft.stoppablecontainer.operator.kube;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.runtime.trace.TracedKeys;

/**
 * The cached StoppableContainers, those to be traced noted, and counted by namespace: whether one
 * is the last of its namespace is asked for each that is deleted, and must not be a walk over all.
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

  /** How many there are in a namespace. */
  int count(String namespace) {
    return countByNamespace.getOrDefault(namespace, 0);
  }
}
