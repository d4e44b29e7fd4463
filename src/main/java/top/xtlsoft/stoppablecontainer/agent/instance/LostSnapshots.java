package top.xtlsoft.stoppablecontainer.agent.instance;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.LostSnapshot;
import top.xtlsoft.stoppablecontainer.agent.filesystem.SnapshotFolders;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentSnapshots;

/**
 * The snapshots on the node that the API server does not know. They stay where they are: an API
 * server that was put back to an earlier state does not know snapshots that exist. Only those that
 * an administrator names are removed.
 */
public final class LostSnapshots {

  private static final Logger LOG = LoggerFactory.getLogger(LostSnapshots.class);

  private final AgentSnapshots snapshots;
  private final FileSystemStore store;
  private final SnapshotFolders folders;

  private volatile List<LostSnapshot> known = List.of();
  private volatile int all;

  public LostSnapshots(AgentSnapshots snapshots, FileSystemStore store, SnapshotFolders folders) {
    this.snapshots = snapshots;
    this.store = store;
    this.folders = folders;
  }

  /** Looks at all snapshots on the node. */
  public void look() {
    Set<String> uids =
        snapshots.all().stream()
            .map(snapshot -> snapshot.getMetadata().getUid())
            .collect(Collectors.toSet());
    List<Place> places = store.listSnapshots();
    all = places.size();
    known =
        places.stream()
            .map(this::snapshot)
            .flatMap(Optional::stream)
            .filter(snapshot -> !uids.contains(snapshot.uid()))
            .toList();
  }

  private Optional<LostSnapshot> snapshot(Place place) {
    try {
      return store
          .look(
              place, folder -> folder.record().map(record -> snapshot(place, folder, record.uid())))
          .filter(found -> found.place().name().equals(found.name() + "_" + found.uid()));
    } catch (RefusedException e) {
      LOG.info("Snapshot can't be read: folder={} error={}", place, e.getMessage());
      return Optional.empty();
    }
  }

  private static LostSnapshot snapshot(Place place, InstanceFolder folder, String uid) {
    String end = "_" + uid;
    String name = place.name();
    return new LostSnapshot(
        place,
        name.endsWith(end) ? name.substring(0, name.length() - end.length()) : name,
        uid,
        folder.recordTime(),
        folder.record().orElseThrow().image());
  }

  /** Removes for good those that an administrator names, with the layers that nothing else has. */
  public void purge(Set<String> named) {
    known.stream()
        .filter(snapshot -> named.contains(snapshot.uid()))
        .forEach(
            snapshot -> {
              folders.remove(snapshot.place(), snapshot.name(), snapshot.uid());
              LOG.warn("Snapshot purged: folder={} uid={}", snapshot.place(), snapshot.uid());
            });
    look();
  }

  /** Those that the API server did not know when the node was last looked at. */
  public List<LostSnapshot> known() {
    return known;
  }

  /** Number of snapshots on the node when it was last looked at. */
  public int all() {
    return all;
  }
}
