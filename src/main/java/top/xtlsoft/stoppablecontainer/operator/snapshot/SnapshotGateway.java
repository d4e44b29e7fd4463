package top.xtlsoft.stoppablecontainer.operator.snapshot;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.operator.kube.MergePatch;
import top.xtlsoft.stoppablecontainer.operator.kube.ObjectDeleter;
import top.xtlsoft.stoppablecontainer.operator.kube.ResourceReader;
import top.xtlsoft.stoppablecontainer.operator.kube.StatusPatch;

/** Writes finalizers and statuses of snapshots, and deletes those whose time has ended. */
public final class SnapshotGateway {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotGateway.class);

  /** The node agent's part of a status. */
  private static final Set<String> OF_AGENT = Set.of("agent");

  private final KubernetesClient client;
  private final MergePatch patch;
  private final StatusPatch statuses;
  private final ObjectDeleter deleter;

  public SnapshotGateway(KubernetesClient client) {
    this.client = client;
    patch = new MergePatch(client);
    statuses = new StatusPatch(client);
    deleter = new ObjectDeleter(client);
  }

  /** Carries out {@link SnapshotPass.Step.Hold}. */
  public void hold(SnapshotPass pass) {
    List<String> finalizers = new ArrayList<>(ResourceReader.finalizers(client, pass.it()));
    finalizers.add(ApiNames.SNAPSHOT_FINALIZER);
    patch.finalizers(pass.it(), finalizers);
    LOG.debug("Agent's finalizer added");
  }

  /** Carries out {@link SnapshotPass.Step.Release}, unless the API server has its node. */
  public void release(SnapshotPass pass) {
    Optional<String> node = pass.nodeName();
    if (node.filter(name -> ResourceReader.hasNode(client, name)).isPresent()) {
      LOG.info("Agent's finalizer kept, its node is there: node={}", node.get());
      return;
    }
    List<String> others =
        ResourceReader.finalizers(client, pass.it()).stream()
            .filter(finalizer -> !finalizer.equals(ApiNames.SNAPSHOT_FINALIZER))
            .toList();
    patch.finalizers(pass.it(), others);
    LOG.info("Snapshot released: why={}", ((SnapshotPass.Step.Release) pass.step()).why());
  }

  /** Carries out {@link SnapshotPass.Step.Expire}. */
  public void expire(SnapshotPass pass) {
    deleter.deleteUnchanged(pass.it());
    LOG.info("Snapshot deleted, its ttl has ended");
  }

  /** Carries out {@link SnapshotPass.Step.Report}. */
  public SnapshotPass report(SnapshotPass pass) {
    var next = ((SnapshotPass.Step.Report) pass.step()).status();
    boolean changed = pass.status().filter(before -> before.phase() == next.phase()).isEmpty();
    boolean written = statuses.write(pass.it(), next, OF_AGENT);
    if (written && changed) {
      LOG.info("Phase changed: phase={} message={}", next.phase(), next.message());
    }
    return written ? pass : pass.silent();
  }
}
