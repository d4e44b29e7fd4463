package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.Report;

/** Writes the statuses of a StoppableContainer and its instance. */
public final class StatusWriter {

  private static final Logger LOG = LoggerFactory.getLogger(StatusWriter.class);

  /** The node agent's part of an instance's status. */
  private static final Set<String> OF_AGENT = Set.of("agent");

  private final StatusPatch patch;

  public StatusWriter(KubernetesClient client) {
    patch = new StatusPatch(client);
  }

  /**
   * Writes both statuses where they differ from the cache. If the resource's status can't be
   * written because the resource has changed or is gone, the pass reports no events: the next pass
   * reports them.
   */
  public Pass write(Pass pass) {
    Report report = pass.report().orElseThrow();
    pass.observed()
        .instance()
        .ifPresent(
            instance ->
                report.instanceStatus().ifPresent(next -> patch.write(instance, next, OF_AGENT)));
    StoppableContainer resource = pass.observed().sc();
    if (!patch.write(resource, report.status(), Set.of())) {
      return pass.report(report.silent());
    }
    log(Optional.ofNullable(resource.getStatus()), report.status());
    return pass;
  }

  private static void log(Optional<StoppableContainerStatus> before, StoppableContainerStatus now) {
    if (before.filter(now::equals).isPresent()) {
      return;
    }
    if (before.map(StoppableContainerStatus::phase).filter(now.phase()::equals).isEmpty()) {
      LOG.info("Phase changed: phase={} message={}", now.phase(), now.message());
    } else {
      LOG.debug("Status changed: message={}", now.message());
    }
  }
}
