package top.xtlsoft.stoppablecontainer.runtime.trace;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.function.Consumer;

/** An informer's store that trims each object and records which resources are traced. */
public final class TracedItemStore<T extends HasMetadata> extends BasicItemStore<T> {

  private final TracedKeys traced;

  private final Consumer<T> trim;

  /**
   * An empty store.
   *
   * @param trim takes off an object what is not to be kept
   */
  public TracedItemStore(TracedKeys traced, Consumer<T> trim) {
    super(Cache::metaNamespaceKeyFunc);
    this.traced = traced;
    this.trim = trim;
  }

  @Override
  public T put(String key, T item) {
    traced.see(item);
    trim.accept(item);
    return super.put(key, item);
  }

  @Override
  public T remove(String key) {
    traced.forget(key);
    return super.remove(key);
  }
}
