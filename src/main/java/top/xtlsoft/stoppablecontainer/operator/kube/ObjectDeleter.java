package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes an object if it is still the one that was seen. */
final class ObjectDeleter {

  private static final Logger LOG = LoggerFactory.getLogger(ObjectDeleter.class);

  private final KubernetesClient client;

  ObjectDeleter(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Asks for the deletion, with the object's own grace period. The precondition on its uid keeps a
   * successor of the same name, which the cache doesn't know of yet, from being deleted instead.
   * One that has gone already is no error.
   */
  void delete(HasMetadata seen) {
    try {
      client.raw(
          path(seen),
          "DELETE",
          new DeleteOptionsBuilder()
              .withNewPreconditions(null, seen.getMetadata().getUid())
              .build());
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND
          && e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      LOG.debug("Not deleted, it has changed or gone: {}", e.getMessage());
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
