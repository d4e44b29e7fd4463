package top.xtlsoft.stoppablecontainer.runtime.trace;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;

/** An informer's store that records which resources are traced. */
public final class TracedItemStore<T extends HasMetadata> extends BasicItemStore<T> {

  private final TracedKeys traced;

  public TracedItemStore(TracedKeys traced) {
    super(Cache::metaNamespaceKeyFunc);
    this.traced = traced;
  }

  @Override
  public T put(String key, T item) {
    traced.see(item);
    return super.put(key, item);
  }

  @Override
  public T remove(String key) {
    traced.forget(key);
    return super.remove(key);
  }
}
