package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.List;
import java.util.Map;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.TrimmedParts;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;
import top.xtlsoft.stoppablecontainer.operator.pass.PodTrimmer;

/** Keeps the parts of an object that the operator reads, without managed fields and binaries. */
class TrimmingItemStore<T extends HasMetadata> extends BasicItemStore<T> {

  TrimmingItemStore() {
    super(Cache::metaNamespaceKeyFunc);
  }

  @Override
  public T put(String key, T item) {
    trimItem(item);
    return super.put(key, item);
  }

  /** Leaves of an object what the store keeps. */
  final void trimItem(T item) {
    switch (item) {
      case Pod pod -> PodTrimmer.trim(pod);
      case ConfigMap configMap -> {
        trim(configMap);
        configMap.setBinaryData(null);
        configMap.setData(null);
      }
      case Node node -> trim(node);
      case StoppableContainer resource -> {
        trim(resource);
        Abridgement.abridge(resource);
      }
      default -> trim((HasMetadata) item);
    }
  }

  private static void trim(Node node) {
    // Node selectors need the labels, and only administrators write them.
    Map<String, String> labels = node.getMetadata().getLabels();
    trim((HasMetadata) node);
    node.getMetadata().setLabels(labels);
    if (node.getStatus() != null) {
      node.getStatus().setImages(List.of());
      node.getStatus()
          .setConditions(
              node.getStatus().getConditions().stream()
                  .filter(condition -> "Ready".equals(condition.getType()))
                  .toList());
    }
  }

  /**
   * Keeps the project's own labels and annotations. Users can write others of any size, and the
   * annotation of kubectl holds the whole object again.
   */
  static void trim(HasMetadata object) {
    ObjectMeta metadata = object.getMetadata();
    metadata.setManagedFields(List.of());
    metadata.setAnnotations(UserAnnotation.on(object, UserAnnotation.values()));
    metadata.setLabels(TrimmedParts.ours(metadata.getLabels()));
    metadata.setOwnerReferences(controllers(metadata));
    metadata.setFinalizers(Abridgement.some(metadata.getFinalizers()));
  }

  /** At most one of an object's owners is its controller. */
  static List<OwnerReference> controllers(ObjectMeta metadata) {
    return metadata.getOwnerReferences().stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .toList();
  }
}
