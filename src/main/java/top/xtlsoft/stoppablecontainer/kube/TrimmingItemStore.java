package top.xtlsoft.stoppablecontainer.kube;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.List;

/** Keeps of an object what the operator reads: not who wrote which field, not whole binaries. */
final class TrimmingItemStore<T extends HasMetadata> extends BasicItemStore<T> {

  TrimmingItemStore() {
    super(Cache::metaNamespaceKeyFunc);
  }

  @Override
  public T put(String key, T item) {
    item.getMetadata().setManagedFields(List.of());
    switch (item) {
      case ConfigMap configMap -> {
        configMap.setBinaryData(null);
        configMap.setData(null);
      }
      case Node node when node.getStatus() != null -> {
        node.getStatus().setImages(List.of());
        node.getStatus()
            .setConditions(
                node.getStatus().getConditions().stream()
                    .filter(condition -> "Ready".equals(condition.getType()))
                    .toList());
      }
      default -> {}
    }
    return super.put(key, item);
  }
}
