package top.xtlsoft.stoppablecontainer.runtime.trace;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;

/**
 * Keys {@code namespace/name} of the resources with the trace annotation. The informer's store
 * updates it before the informer delivers the event, so that the pass after a new annotation is
 * already traced.
 */
public final class TracedKeys {

  private final Set<String> keys = ConcurrentHashMap.newKeySet();

  /** Records the current state of an object. */
  public void see(HasMetadata object) {
    String key = Cache.metaNamespaceKeyFunc(object);
    if (UserAnnotation.TRACE.isOn(object)) {
      keys.add(key);
    } else {
      keys.remove(key);
    }
  }

  /** Removes a deleted object. */
  public void forget(String key) {
    keys.remove(key);
  }

  /** Whether no resource is traced; called at each step of each exchange. */
  public boolean isEmpty() {
    return keys.isEmpty();
  }

  /** Whether the resource with this key is traced. */
  public boolean contains(String key) {
    return keys.contains(key);
  }
}
