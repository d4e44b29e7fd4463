package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.runtime.LastWrites;

/** Writes the status of an object of any kind, if it differs from what the object has. */
public final class StatusPatch {

  private static final Logger LOG = LoggerFactory.getLogger(StatusPatch.class);

  private final MergePatch patch;

  private final LastWrites<Boolean> written = new LastWrites<>();

  public StatusPatch(KubernetesClient client) {
    patch = new MergePatch(client);
  }

  /**
   * Writes a status. It sends nothing for a version of the object that an earlier status was
   * written over: the API server would refuse that (409), and the event that starts the next pass
   * is on its way.
   *
   * @param seen the object, as the cache has it
   * @param ofOthers fields of the status that other programs write
   * @return whether the API server has this status; false also after a conflict (409), and when the
   *     object is gone (404)
   */
  public <S extends Record> boolean write(CustomResource<?, S> seen, S next, Set<String> ofOthers) {
    if (next.equals(seen.getStatus())) {
      return true;
    }
    if (written.has(seen, true)) {
      LOG.debug("Status not written, the cache is older than the last write");
      return false;
    }
    try {
      written.add(seen, patch.status(seen, next, ofOthers), true);
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT
          && e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
      LOG.debug("Status not written, the object has changed or is gone: error={}", e.getMessage());
      return false;
    }
  }
}
