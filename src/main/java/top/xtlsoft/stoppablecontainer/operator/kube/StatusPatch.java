package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.runtime.RecentMap;

/** Writes the status of an object of any kind, if it differs from what the object has. */
public final class StatusPatch {

  private static final Logger LOG = LoggerFactory.getLogger(StatusPatch.class);

  /** An object that is forgotten costs at most one call that the API server refuses. */
  private static final int MAX_REMEMBERED = 4096;

  private final MergePatch patch;

  /** By UID the version of the object that the last status was written over. */
  private final Map<String, String> writtenOver = RecentMap.ofMax(MAX_REMEMBERED);

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
    String uid = seen.getMetadata().getUid();
    String version = seen.getMetadata().getResourceVersion();
    if (version.equals(writtenOver.get(uid))) {
      LOG.debug("Status not written, the cache is older than the last write: version={}", version);
      return false;
    }
    try {
      String written = patch.status(seen, next, ofOthers).getMetadata().getResourceVersion();
      // A write that changed nothing causes no event.
      if (!version.equals(written)) {
        writtenOver.put(uid, version);
      }
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
