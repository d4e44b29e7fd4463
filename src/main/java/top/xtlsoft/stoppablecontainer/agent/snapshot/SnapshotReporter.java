package top.xtlsoft.stoppablecontainer.agent.snapshot;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.AgentFailures;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.SnapshotFolders;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentSnapshots;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.SnapshotReport;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/** The only writer of a snapshot's {@code status.agent}; writes on a difference only. */
public final class SnapshotReporter {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotReporter.class);

  private final KubernetesClient client;
  private final AgentSnapshots snapshots;
  private final FileSystemStore store;
  private final SnapshotFolders folders;
  private final SnapshotSizer sizer;
  private final AgentFailures failures;

  public SnapshotReporter(
      KubernetesClient client,
      AgentSnapshots snapshots,
      FileSystemStore store,
      SnapshotFolders folders,
      SnapshotSizer sizer,
      AgentFailures failures) {
    this.client = client;
    this.snapshots = snapshots;
    this.store = store;
    this.folders = folders;
    this.sizer = sizer;
    this.failures = failures;
  }

  /** Done when the API server knows what is true on the node. */
  public void report(@Header(ScHeaders.KEY) String key) {
    Optional<StoppableContainerSnapshot> cached = snapshots.cached(key);
    Optional<Snapshot> snapshot = cached.flatMap(Snapshot::of);
    if (snapshot.isEmpty()) {
      LOG.debug("Snapshot is gone");
      return;
    }
    @Nullable SnapshotReport old = cached.get().getStatus().agent();
    SnapshotReport now = observe(key, snapshot.get(), old);
    if (now.equals(old) || (old == null && now.equals(SnapshotReport.NOTHING))) {
      LOG.debug("Nothing new to report");
      return;
    }
    // In a merge patch null takes a field away; left out it would stay as it is.
    Map<String, @Nullable Object> agent = new LinkedHashMap<>();
    agent.put("takenAt", now.takenAt());
    agent.put("layers", now.layers());
    agent.put("bytes", now.bytes());
    agent.put("failure", now.failure());
    client
        .resource(cached.get())
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            Serialization.asJson(Map.of("status", Map.of("agent", agent))));
    LOG.info("Snapshot reported: {}", now);
  }

  private SnapshotReport observe(String key, Snapshot snapshot, @Nullable SnapshotReport old) {
    AgentReport.@Nullable Failure failure =
        failures
            .of(key)
            .map(found -> new AgentReport.Failure(found.reason().wire(), found.message()))
            .orElse(null);
    Place place = store.placeOf(snapshot.source());
    Optional<FolderRecord> record = record(place, snapshot);
    if (record.isEmpty()) {
      return old == null
          ? new SnapshotReport(null, null, null, failure)
          : new SnapshotReport(old.takenAt(), old.layers(), old.bytes(), failure);
    }
    return new SnapshotReport(
        old != null && old.takenAt() != null
            ? old.takenAt()
            : folders.takenAt(place, snapshot.name(), snapshot.uid()).toString(),
        record.get().stack().size(),
        old != null && old.bytes() != null
            ? old.bytes()
            : sizer.bytes(place, record.get()).orElse(null),
        failure);
  }

  private Optional<FolderRecord> record(Place place, Snapshot snapshot) {
    try {
      return store.allows(snapshot.source())
          ? folders.find(place, snapshot.name(), snapshot.uid())
          : Optional.empty();
    } catch (RefusedException e) {
      LOG.info("Snapshot can't be read: error={}", e.getMessage());
      return Optional.empty();
    }
  }
}
