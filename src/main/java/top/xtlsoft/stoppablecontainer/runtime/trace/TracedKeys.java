package top.xtlsoft.stoppablecontainer.runtime.trace;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import top.xtlsoft.stoppablecontainer.api.TraceAnnotation;

/**
 * Keys {@code namespace/name} of the resources whose steps are logged, as their annotation says. A
 * cache tells it what it takes up and drops, before anybody hears of the change, so that the pass
 * that a new annotation calls is the first one in the log.
 */
public final class TracedKeys {

  private final Set<String> keys = ConcurrentHashMap.newKeySet();

  /** Takes note of an object as it is now. */
  public void see(HasMetadata object) {
    String key = Cache.metaNamespaceKeyFunc(object);
    if (TraceAnnotation.isOn(object)) {
      keys.add(key);
    } else {
      keys.remove(key);
    }
  }

  /** Takes note of an object that is gone. */
  public void forget(String key) {
    keys.remove(key);
  }

  /** Whether there is any: asked at each step of each exchange. */
  public boolean isEmpty() {
    return keys.isEmpty();
  }

  /** Whether the resource of that key is one. */
  public boolean contains(String key) {
    return keys.contains(key);
  }
}
