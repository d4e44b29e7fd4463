package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;

/**
 * Reads large objects, which the cache shortens, from the API server: one at a time for all
 * workers, so that only one is in memory.
 */
public final class ResourceReader {

  private final KubernetesClient client;

  public ResourceReader(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Reads a StoppableContainer whose template is not in the cache. A spec larger than {@link
   * ApiNames#MOST_SPEC_BYTES} comes without its template, so that the validator refuses it.
   *
   * @return empty when it is gone
   */
  Optional<StoppableContainer> whole(StoppableContainer abridged) {
    synchronized (this) {
      Optional<StoppableContainer> found = Optional.ofNullable(client.resource(abridged).get());
      found.ifPresent(
          resource -> {
            if (JsonSize.bytes(resource.getSpec()) > ApiNames.MOST_SPEC_BYTES) {
              resource.setSpec(Abridgement.withoutTemplate(resource.getSpec()));
            }
          });
      return found.map(ResourceReader::trimmed);
    }
  }

  /** The metadata that a StoppableContainer has now; empty when it is gone. */
  Optional<ObjectMeta> metadata(StoppableContainer seen) {
    synchronized (this) {
      return Optional.ofNullable(client.resource(seen).get()).map(HasMetadata::getMetadata);
    }
  }

  /**
   * All finalizers of an object; the cache keeps a limited number.
   *
   * @param seen the object as the cache has it
   */
  public static List<String> finalizers(KubernetesClient client, HasMetadata seen) {
    List<String> kept = seen.getMetadata().getFinalizers();
    if (kept.size() < Abridgement.MAX_FINALIZERS) {
      return kept;
    }
    HasMetadata now = client.resource(seen).get();
    return now == null ? kept : now.getMetadata().getFinalizers();
  }

  /**
   * Whether the API server has a node that the cache lacks. A node that registers anew is missing
   * for a moment, and its agent still has the files.
   */
  public static boolean hasNode(KubernetesClient client, String name) {
    return !client.nodes().withField("metadata.name", name).list().getItems().isEmpty();
  }

  private static StoppableContainer trimmed(StoppableContainer resource) {
    TrimmingItemStore.trim(resource);
    return resource;
  }
}
