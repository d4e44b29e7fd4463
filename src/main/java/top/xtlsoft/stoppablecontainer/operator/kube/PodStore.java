package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import top.xtlsoft.stoppablecontainer.runtime.RecentMap;

/**
 * The cached pods, and new pods of this operator whose first event has not arrived. Without them
 * the next pass would miss such a pod and try to create it again.
 */
final class PodStore extends TrimmingItemStore<Pod> {

  /** After this time without an event, the API server decides whether the pod exists. */
  private static final Duration MAX_DELAY = Duration.ofSeconds(10);

  private static final int MAX_PODS = 1000;

  private record Made(Pod pod, Instant when) {}

  private final Map<String, Made> made = RecentMap.ofMax(MAX_PODS);

  /**
   * UIDs of pods that are gone: their last event can come before the answer that they were made.
   */
  private final Map<String, Boolean> gone = RecentMap.ofMax(MAX_PODS);

  private final Clock clock;

  PodStore(Clock clock) {
    this.clock = clock;
  }

  /** Makes a new pod visible until its first event arrives, unless it is gone already. */
  void made(Pod pod) {
    Made entry = new Made(pod, clock.instant());
    made.put(Cache.metaNamespaceKeyFunc(pod), entry);
    // After the put, so that a removal on the informer's thread meets one of both.
    if (gone.containsKey(pod.getMetadata().getUid())) {
      made.remove(Cache.metaNamespaceKeyFunc(pod), entry);
    }
  }

  @Override
  public Pod get(String key) {
    Pod cached = super.get(key);
    return cached != null ? cached : created(key);
  }

  private Pod created(String key) {
    Made pod = made.get(key);
    return pod != null && clock.instant().isBefore(pod.when().plus(MAX_DELAY)) ? pod.pod() : null;
  }

  @Override
  public Pod put(String key, Pod pod) {
    made.remove(key);
    return super.put(key, pod);
  }

  @Override
  public Pod remove(String key) {
    Pod removed = super.remove(key);
    if (removed != null) {
      gone.put(removed.getMetadata().getUid(), true);
    }
    made.remove(key);
    return removed;
  }
}
