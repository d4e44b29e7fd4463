package top.xtlsoft.stoppablecontainer.agent.snapshot;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;
import org.apache.camel.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.AgentFailures;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.SnapshotFolders;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentSnapshots;
import top.xtlsoft.stoppablecontainer.agent.kube.Finalizers;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/** Cleans the node of a snapshot that is being deleted, then lets the API server delete it. */
public final class SnapshotReleaser {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotReleaser.class);

  private final KubernetesClient client;
  private final AgentSnapshots snapshots;
  private final FileSystemStore store;
  private final SnapshotFolders folders;
  private final AgentFailures failures;

  public SnapshotReleaser(
      KubernetesClient client,
      AgentSnapshots snapshots,
      FileSystemStore store,
      SnapshotFolders folders,
      AgentFailures failures) {
    this.client = client;
    this.snapshots = snapshots;
    this.store = store;
    this.folders = folders;
    this.failures = failures;
  }

  /** Whether the snapshot is being deleted and waits for this agent. */
  public boolean isWanted(@Header(ScHeaders.KEY) String key) {
    return wanted(key).isPresent();
  }

  /**
   * Done when nothing of the snapshot is on the node and the finalizer is dropped.
   *
   * @throws NotYetException while another job changes stacks of the namespace
   */
  public void release(@Header(ScHeaders.KEY) String key) {
    Optional<StoppableContainerSnapshot> wanted = wanted(key);
    if (wanted.isEmpty()) {
      LOG.debug("Nothing to release");
      return;
    }
    Optional<Snapshot> ordered =
        Snapshot.of(wanted.get()).filter(its -> store.allows(its.source()));
    ordered.ifPresent(its -> folders.remove(store.placeOf(its.source()), its.name(), its.uid()));
    Finalizers.drop(client, wanted.get(), ApiNames.SNAPSHOT_FINALIZER);
    failures.forget(key);
    LOG.info("Snapshot released: removed={}", ordered.isPresent());
  }

  private Optional<StoppableContainerSnapshot> wanted(String key) {
    return snapshots
        .cached(key)
        .filter(found -> Finalizers.isAwaited(found, ApiNames.SNAPSHOT_FINALIZER));
  }
}
