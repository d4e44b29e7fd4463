package top.xtlsoft.stoppablecontainer.agent.snapshot;

import java.util.List;
import java.util.Optional;
import org.apache.camel.Body;
import org.apache.camel.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import top.xtlsoft.stoppablecontainer.agent.AgentFailures;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.SnapshotFolders;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.instance.OccupantsChecker;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentSnapshots;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/** Takes a snapshot once the operator has ordered it and its source is stopped. */
public final class SnapshotTaker {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotTaker.class);

  private final AgentSnapshots snapshots;
  private final AgentInstances instances;
  private final FileSystemStore store;
  private final SnapshotFolders folders;
  private final OccupantsChecker occupants;
  private final AgentFailures failures;

  /**
   * @param failures of snapshots alone: an instance may have the same key
   */
  public SnapshotTaker(
      AgentSnapshots snapshots,
      AgentInstances instances,
      FileSystemStore store,
      SnapshotFolders folders,
      OccupantsChecker occupants,
      AgentFailures failures) {
    this.snapshots = snapshots;
    this.instances = instances;
    this.store = store;
    this.folders = folders;
    this.occupants = occupants;
    this.failures = failures;
  }

  /** Keys of the snapshots that are taken of an instance and may wait for it. */
  public List<String> keysOf(@Body StoppableContainerInstance source) {
    return snapshots.all().stream()
        .filter(
            snapshot ->
                snapshot.getMetadata().getNamespace().equals(source.getMetadata().getNamespace()))
        .filter(
            snapshot -> snapshot.getSpec().source().name().equals(source.getMetadata().getName()))
        .filter(snapshot -> Snapshot.of(snapshot).filter(its -> !its.reported()).isPresent())
        .map(
            snapshot ->
                snapshot.getMetadata().getNamespace() + "/" + snapshot.getMetadata().getName())
        .toList();
  }

  /**
   * Takes the snapshot; one that is taken stays as it is. Notes why it can't, for the report.
   *
   * @throws NotYetException while another job works on the source
   */
  public void take(@Header(ScHeaders.KEY) String key) {
    Optional<Snapshot> wanted = wanted(key);
    if (wanted.isEmpty()) {
      failures.forget(key);
      return;
    }
    Snapshot snapshot = wanted.get();
    try {
      take(snapshot);
      failures.forget(key);
    } catch (RefusedException e) {
      note(key, e.reason(), e);
    } catch (SyscallException e) {
      note(key, AgentReason.NODE_ERROR, e);
    }
  }

  private void note(String key, AgentReason reason, Exception failure) {
    // The agent itself looks at a mounted file system now and then.
    LOG.atLevel(reason == AgentReason.IN_USE ? Level.INFO : Level.WARN)
        .log(
            "Snapshot not taken, retrying: reason={} error={}",
            reason.wire(),
            failure.getMessage());
    failures.put(key, AgentFailures.Source.JOB, reason, AgentFailures.textOf(failure));
  }

  private void take(Snapshot snapshot) {
    Instance source = snapshot.source();
    if (!store.allows(source)) {
      throw new RefusedException(
          AgentReason.HOST_PATH_PREFIX_NOT_ALLOWED, "the agent may not keep anything there");
    }
    if (folders.find(store.placeOf(source), snapshot.name(), snapshot.uid()).isPresent()) {
      return;
    }
    if (snapshot.reported()) {
      throw new RefusedException(
          AgentReason.LAYER_MISSING,
          "the files of the snapshot are lost: restore them or delete it");
    }
    folders.take(source, snapshot.name(), snapshot.uid(), () -> requireStopped(source));
  }

  /** Asked while no container can get the file system. */
  private void requireStopped(Instance source) {
    StoppableContainerInstance instance =
        instances
            .cached(source.key())
            .filter(found -> found.getMetadata().getUid().equals(source.uid()))
            .orElseThrow(() -> new RefusedException(AgentReason.SOURCE_GONE, "the source is gone"));
    if (instance.getSpec().running()) {
      throw NotYetException.untilEvent("the source runs");
    }
    occupants
        .find(source)
        .ifPresent(
            process -> {
              throw new RefusedException(
                  AgentReason.STOPPING,
                  "process " + process + " of the source's container still runs");
            });
  }

  /**
   * Makes sure that the snapshot is taken, so that what failed is tried again.
   *
   * @throws NotYetException while it is not
   */
  public void requireTaken(@Header(ScHeaders.KEY) String key) {
    if (failures.has(key, AgentFailures.Source.JOB)) {
      throw NotYetException.untilRetry("the snapshot is not taken");
    }
  }

  private Optional<Snapshot> wanted(String key) {
    return snapshots
        .cached(key)
        .filter(found -> found.getMetadata().getDeletionTimestamp() == null)
        .flatMap(Snapshot::of);
  }
}
