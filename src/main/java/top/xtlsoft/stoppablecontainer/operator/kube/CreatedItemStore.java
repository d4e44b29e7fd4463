package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import top.xtlsoft.stoppablecontainer.runtime.RecentMap;

/**
 * The cached objects of a kind, and new ones of this operator whose first event has not arrived.
 * Without them the next pass would miss such an object: it would try to create it again, or take a
 * deletion for complete.
 */
class CreatedItemStore<T extends HasMetadata> extends TrimmingItemStore<T> {

  /** After this time without an event, the API server decides whether the object exists. */
  private static final Duration MAX_DELAY = Duration.ofSeconds(10);

  private static final int MAX_OBJECTS = 1000;

  private record Created<T>(T object, Instant when) {}

  private final Map<String, Created<T>> created = RecentMap.ofMax(MAX_OBJECTS);

  /**
   * UIDs of objects that are gone: their last event can come before the answer to their creation.
   */
  private final Map<String, Boolean> gone = RecentMap.ofMax(MAX_OBJECTS);

  private final Clock clock;

  CreatedItemStore(Clock clock) {
    this.clock = clock;
  }

  /** Makes a new object visible until its first event arrives, unless it is gone already. */
  final void created(T object) {
    Created<T> entry = new Created<>(object, clock.instant());
    created.put(Cache.metaNamespaceKeyFunc(object), entry);
    // After the put, so that a removal on the informer's thread meets one of both.
    if (gone.containsKey(object.getMetadata().getUid())) {
      created.remove(Cache.metaNamespaceKeyFunc(object), entry);
    }
  }

  @Override
  public T get(String key) {
    T cached = super.get(key);
    return cached != null ? cached : unheard(key);
  }

  private T unheard(String key) {
    Created<T> entry = created.get(key);
    return entry != null && clock.instant().isBefore(entry.when().plus(MAX_DELAY))
        ? entry.object()
        : null;
  }

  @Override
  public T put(String key, T object) {
    created.remove(key);
    return super.put(key, object);
  }

  @Override
  public T remove(String key) {
    T removed = super.remove(key);
    if (removed != null) {
      gone.put(removed.getMetadata().getUid(), true);
    }
    created.remove(key);
    return removed;
  }
}
