package top.xtlsoft.stoppablecontainer.operator.snapshot;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.operator.kube.MergePatch;
import top.xtlsoft.stoppablecontainer.operator.kube.ObjectDeleter;
import top.xtlsoft.stoppablecontainer.operator.kube.OperatorCaches;
import top.xtlsoft.stoppablecontainer.operator.kube.StatusPatch;

/** Writes what restores need, and their statuses. */
public final class RestoreGateway {

  private static final Logger LOG = LoggerFactory.getLogger(RestoreGateway.class);

  private final KubernetesClient client;
  private final OperatorCaches caches;
  private final MergePatch patch;
  private final StatusPatch statuses;
  private final ObjectDeleter deleter;

  public RestoreGateway(KubernetesClient client, OperatorCaches caches) {
    this.client = client;
    this.caches = caches;
    patch = new MergePatch(client);
    statuses = new StatusPatch(client);
    deleter = new ObjectDeleter(client);
  }

  /** Carries out {@link RestorePass.Step.Keep}; the events of the snapshot start the next pass. */
  public void keep(RestorePass pass) {
    client.resource(((RestorePass.Step.Keep) pass.step()).desired()).create();
    LOG.info("Snapshot of the state before a restore created");
  }

  /** Carries out {@link RestorePass.Step.Order}. */
  public void order(RestorePass pass) {
    StoppableContainerInstance seen = pass.target().orElseThrow();
    caches.wrote(seen, patch.spec(seen, ((RestorePass.Step.Order) pass.step()).desired()));
    LOG.info(
        "Restore ordered: snapshot={} image={}",
        pass.restore().map(restore -> restore.getSpec().snapshotName()).orElse("none"),
        pass.image().orElse("none"));
  }

  /** Carries out {@link RestorePass.Step.Expire}; the snapshot of the state before goes as well. */
  public void expire(RestorePass pass) {
    deleter.deleteUnchanged(pass.it());
    LOG.info("Restore deleted, its ttl has ended");
  }

  /** Carries out {@link RestorePass.Step.Report}. */
  public RestorePass report(RestorePass pass) {
    return statuses.write(pass.it(), ((RestorePass.Step.Report) pass.step()).status(), Set.of())
        ? pass
        : pass.silent();
  }
}
