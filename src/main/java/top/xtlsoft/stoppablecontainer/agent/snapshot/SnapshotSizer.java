package top.xtlsoft.stoppablecontainer.agent.snapshot;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.SnapshotFolders;
import top.xtlsoft.stoppablecontainer.agent.filesystem.UpperCounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.UpperUsage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentSnapshots;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.SnapshotReport;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;
import top.xtlsoft.stoppablecontainer.runtime.RecentMap;

/** Counts what the layers of a snapshot take. A layer never changes, so it is counted once. */
public final class SnapshotSizer {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotSizer.class);

  /** A layer that is forgotten is counted again. */
  private static final int MOST_REMEMBERED = 4096;

  private final LinuxSyscalls linux;
  private final AgentSnapshots snapshots;
  private final FileSystemStore store;
  private final SnapshotFolders folders;
  private final UpperCounter counter;
  private final Map<String, Long> bytes =
      Collections.synchronizedMap(RecentMap.ofMax(MOST_REMEMBERED));

  public SnapshotSizer(
      LinuxSyscalls linux,
      AgentSnapshots snapshots,
      FileSystemStore store,
      SnapshotFolders folders) {
    this.linux = linux;
    this.snapshots = snapshots;
    this.store = store;
    this.folders = folders;
    this.counter = new UpperCounter(linux, store);
  }

  /**
   * Counts the layers of a snapshot that are not counted yet, unless its size is reported.
   *
   * @return whether there is a size to report
   * @throws NotYetException when another job works on a layer, and when the agent ends
   */
  public boolean measure(@Header(ScHeaders.KEY) String key) {
    Optional<Snapshot> snapshot =
        snapshots
            .cached(key)
            .filter(found -> found.getMetadata().getDeletionTimestamp() == null)
            .filter(
                found -> !isReported(found.getStatus() == null ? null : found.getStatus().agent()))
            .flatMap(Snapshot::of)
            .filter(its -> store.allows(its.source()));
    Optional<FolderRecord> record =
        snapshot.flatMap(its -> folders.find(store.placeOf(its.source()), its.name(), its.uid()));
    if (record.isEmpty()) {
      return false;
    }
    // The worker has no other work.
    linux.niceThread();
    for (String layer : record.get().stack()) {
      count(store.layer(store.placeOf(snapshot.get().source()), layer));
    }
    return true;
  }

  private static boolean isReported(@Nullable SnapshotReport report) {
    return report != null && report.bytes() != null;
  }

  private void count(Place layer) {
    if (bytes.containsKey(layer.path())) {
      return;
    }
    try {
      counter
          .count(layer)
          .map(UpperUsage::bytes)
          .ifPresent(counted -> bytes.put(layer.path(), counted));
    } catch (SyscallException e) {
      LOG.info("Layer not counted: layer={} error={}", layer, e.getMessage());
    }
  }

  /** What the layers take; empty until all of them are counted. */
  Optional<Long> bytes(Place of, FolderRecord record) {
    long sum = 0;
    for (String layer : record.stack()) {
      Long counted = bytes.get(store.layer(of, layer).path());
      if (counted == null) {
        return Optional.empty();
      }
      sum += counted;
    }
    return Optional.of(sum);
  }
}
