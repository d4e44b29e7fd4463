package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.Report;
import top.xtlsoft.stoppablecontainer.runtime.RecentMap;

/** The only writer of status, and only on a difference. */
public final class StatusWriter {

  private static final Logger LOG = LoggerFactory.getLogger(StatusWriter.class);

  /** The node agent's part of an instance's status. */
  private static final Set<String> OF_AGENT = Set.of("agent");

  /** One that is not remembered any more may cost a call in vain. */
  private static final int MOST_REMEMBERED = 4096;

  private final MergePatch patch;

  /** By UID the version of the object that the last status was written over. */
  private final Map<String, String> writtenOver = RecentMap.ofMax(MOST_REMEMBERED);

  public StatusWriter(KubernetesClient client) {
    patch = new MergePatch(client);
  }

  /**
   * Writes both statuses where they differ from what the cache has. When somebody else was faster
   * (409), or it has gone (404), nobody hears of the events either: the next pass will tell them.
   */
  public Pass write(Pass pass) {
    Report report = pass.report().orElseThrow();
    pass.observed()
        .instance()
        .ifPresent(instance -> report.instanceStatus().ifPresent(next -> write(instance, next)));
    return write(pass.observed().sc(), report.status()) ? pass : pass.tell(report.silent());
  }

  private boolean write(StoppableContainer resource, StoppableContainerStatus next) {
    Optional<StoppableContainerStatus> before = Optional.ofNullable(resource.getStatus());
    if (before.filter(next::equals).isPresent()) {
      return true;
    }
    if (!write(resource, next, Set.of())) {
      return false;
    }
    if (before.map(StoppableContainerStatus::phase).filter(p -> p == next.phase()).isEmpty()) {
      LOG.info("Phase {}: {}", next.phase(), next.message());
    } else {
      LOG.debug("Status: {}", next.message());
    }
    return true;
  }

  private void write(StoppableContainerInstance instance, StoppableContainerInstanceStatus next) {
    if (!next.equals(instance.getStatus())) {
      write(instance, next, OF_AGENT);
    }
  }

  /**
   * Writes a status, unless the object was seen as it was before the last one was written: the API
   * server would refuse that (409), and the event that brings the next pass is on its way.
   *
   * @return whether it is written
   */
  private boolean write(HasMetadata seen, Record next, Set<String> ofOthers) {
    String uid = seen.getMetadata().getUid();
    String version = seen.getMetadata().getResourceVersion();
    if (version.equals(writtenOver.get(uid))) {
      LOG.debug("Status not written, the last one is on its way here");
      return false;
    }
    try {
      HasMetadata written = patch.status(seen, next, ofOthers);
      // One that changed nothing after all brings no event.
      if (!version.equals(written.getMetadata().getResourceVersion())) {
        writtenOver.put(uid, version);
      }
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT
          && e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
      LOG.debug("Status not written, somebody was faster: {}", e.getMessage());
      return false;
    }
  }
}
