package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.runtime.LastWrites;

/** Deletes an object, but no successor of the same name. */
public final class ObjectDeleter {

  private static final Logger LOG = LoggerFactory.getLogger(ObjectDeleter.class);

  private final KubernetesClient client;
  private final LastWrites<Boolean> requested = new LastWrites<>();

  public ObjectDeleter(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Deletes with the object's own grace period. The precondition on the UID protects a successor of
   * the same name that the cache does not know yet. An object that is gone is not an error.
   *
   * @return whether the API server has accepted it; false also when this version of the object was
   *     requested to be deleted before: the event of that is on its way
   */
  boolean delete(HasMetadata seen) {
    return request(seen, null);
  }

  /**
   * The same, unless the object has changed since it was seen: the event of the change is on its
   * way.
   */
  public boolean deleteUnchanged(HasMetadata seen) {
    return request(seen, seen.getMetadata().getResourceVersion());
  }

  private boolean request(HasMetadata seen, @Nullable String version) {
    if (requested.has(seen, true)) {
      LOG.debug("Object not deleted again, the cache is older than the last request");
      return false;
    }
    boolean accepted = delete(seen, version);
    if (accepted) {
      requested.add(seen, true);
    }
    return accepted;
  }

  /** Whether the API server has accepted it. */
  private boolean delete(HasMetadata seen, @Nullable String version) {
    try {
      client.raw(
          path(seen),
          "DELETE",
          new DeleteOptionsBuilder()
              .withNewPreconditions(version, seen.getMetadata().getUid())
              .build());
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND
          && e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      LOG.debug("Object not deleted, it has changed or is gone: error={}", e.getMessage());
      return false;
    }
  }

  private static String path(HasMetadata object) {
    String version = object.getApiVersion();
    return (version.contains("/") ? "/apis/" : "/api/")
        + version
        + "/namespaces/"
        + object.getMetadata().getNamespace()
        + "/"
        + object.getPlural()
        + "/"
        + object.getMetadata().getName();
  }
}
