package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import top.xtlsoft.stoppablecontainer.runtime.RecentMap;

/**
 * The cached pods, and those that the operator made a moment ago and no event has told of yet. Such
 * a pod would be missed by the next pass, which would make it again in vain.
 */
final class PodStore extends TrimmingItemStore<Pod> {

  /** An event that takes longer than this does not come: the API server is asked again. */
  private static final Duration UNTIL_TOLD = Duration.ofSeconds(10);

  private static final int MOST = 1000;

  private record Made(Pod pod, Instant when) {}

  private final Map<String, Made> made = RecentMap.ofMax(MOST);
  private final Clock clock;

  PodStore(Clock clock) {
    this.clock = clock;
  }

  /** Has a pod found until its first event tells more. */
  void made(Pod pod) {
    made.put(Cache.metaNamespaceKeyFunc(pod), new Made(pod, clock.instant()));
  }

  @Override
  public Pod get(String key) {
    Pod told = super.get(key);
    return told != null ? told : untold(key);
  }

  private Pod untold(String key) {
    Made pod = made.get(key);
    return pod != null && clock.instant().isBefore(pod.when().plus(UNTIL_TOLD)) ? pod.pod() : null;
  }

  @Override
  public Pod put(String key, Pod pod) {
    made.remove(key);
    return super.put(key, pod);
  }

  @Override
  public Pod remove(String key) {
    made.remove(key);
    return super.remove(key);
  }
}
