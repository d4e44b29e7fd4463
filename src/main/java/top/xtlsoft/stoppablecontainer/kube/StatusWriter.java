package top.xtlsoft.stoppablecontainer.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.reconcile.Pass;
import top.xtlsoft.stoppablecontainer.reconcile.Report;

/** The only writer of status, and only on a difference. */
public final class StatusWriter {

  private static final Logger LOG = LoggerFactory.getLogger(StatusWriter.class);

  /** The node agent's part of an instance's status. */
  private static final Set<String> OF_AGENT = Set.of("agent");

  private final MergePatch patch;

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
    try {
      patch.status(resource, next, Set.of());
    } catch (KubernetesClientException e) {
      ignoreLostRace(e);
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
    if (next.equals(instance.getStatus())) {
      return;
    }
    try {
      patch.status(instance, next, OF_AGENT);
    } catch (KubernetesClientException e) {
      ignoreLostRace(e);
    }
  }

  private static void ignoreLostRace(KubernetesClientException e) {
    if (e.getCode() != HttpURLConnection.HTTP_CONFLICT
        && e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
      throw e;
    }
    LOG.debug("Status not written, somebody was faster: {}", e.getMessage());
  }
}
