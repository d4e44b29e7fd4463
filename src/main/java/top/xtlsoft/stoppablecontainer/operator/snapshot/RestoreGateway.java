package top.xtlsoft.stoppablecontainer.operator.snapshot;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.operator.kube.MergePatch;
import top.xtlsoft.stoppablecontainer.operator.kube.StatusPatch;

/** Writes what restores need, and their statuses. */
public final class RestoreGateway {

  private static final Logger LOG = LoggerFactory.getLogger(RestoreGateway.class);

  private final KubernetesClient client;
  private final MergePatch patch;
  private final StatusPatch statuses;

  public RestoreGateway(KubernetesClient client) {
    this.client = client;
    patch = new MergePatch(client);
    statuses = new StatusPatch(client);
  }

  /** Carries out {@link RestorePass.Step.Keep}; the events of the snapshot start the next pass. */
  public void keep(RestorePass pass) {
    client.resource(((RestorePass.Step.Keep) pass.step()).desired()).create();
    LOG.info("Snapshot of the state before a restore created");
  }

  /** Carries out {@link RestorePass.Step.Order}. */
  public void order(RestorePass pass) {
    patch.spec(pass.target().orElseThrow(), ((RestorePass.Step.Order) pass.step()).desired());
    LOG.info(
        "Restore ordered: snapshot={}",
        pass.restore().map(restore -> restore.getSpec().snapshotName()).orElse("none"));
  }

  /** Carries out {@link RestorePass.Step.Report}. */
  public void report(RestorePass pass) {
    statuses.write(pass.it(), ((RestorePass.Step.Report) pass.step()).status(), Set.of());
  }
}
