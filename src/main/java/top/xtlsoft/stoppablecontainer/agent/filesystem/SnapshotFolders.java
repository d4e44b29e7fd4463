package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

/**
 * The snapshots on the node. A snapshot is the record of a stack: what the instance wrote since the
 * last one becomes a frozen layer, whose ID is the snapshot's UID. No file is copied.
 */
public final class SnapshotFolders {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotFolders.class);

  private final FileSystemStore store;
  private final FileSystemRemover remover;
  private final FileSystemMounter mounter;
  private final LayerStacks stacks;
  private final LayerCollector collector;
  private final OverlayOptions options;

  public SnapshotFolders(
      LinuxSyscalls linux,
      Node node,
      FileSystemStore store,
      FileSystemRemover remover,
      FileSystemMounter mounter,
      LayerCollector collector) {
    this.store = store;
    this.remover = remover;
    this.mounter = mounter;
    this.stacks = new LayerStacks(linux, store, new DiskImages(linux, node));
    this.collector = collector;
    this.options = new OverlayOptions(linux, node);
  }

  /**
   * Takes a snapshot of a stopped instance; one that is taken already stays as it is.
   *
   * <p>The record of the snapshot is on disk before its layer exists, so the layer is never without
   * a stack that names it. The snapshot is taken from the moment in which the layer exists.
   *
   * @param requireStopped throws if the instance may be written to; called while no container can
   *     get its file system
   * @return the record of the snapshot
   * @throws RefusedException StackTooLong; InUse; NotEnoughSpace
   * @throws NotYetException while there is nothing to take it of, and while a process of a pod, or
   *     another job, uses the file system
   */
  public FolderRecord take(Instance source, String name, String uid, Runnable requireStopped) {
    Place place = store.placeOf(source);
    return store
        .locks()
        .alone(
            place,
            () ->
                store.keepingLayers(
                    place,
                    () ->
                        takeAlone(source, store.snapshot(place, name, uid), uid, requireStopped)));
  }

  private FolderRecord takeAlone(
      Instance source, Place snapshot, String uid, Runnable requireStopped) {
    try (InstanceFolder folder = store.find(source).orElse(null)) {
      Optional<FolderRecord> its =
          Optional.ofNullable(folder)
              .flatMap(found -> found.recordOf(source.uid()))
              .map(found -> stacks.recovered(folder, found));
      Optional<FolderRecord> taken =
          store.record(snapshot).filter(found -> isTaken(snapshot, found, uid));
      if (taken.isPresent()) {
        return taken.get();
      }
      if (folder == null || its.isEmpty() || !folder.hasUpper()) {
        throw NotYetException.untilRetry("the source has no file system on this node yet");
      }
      return freeze(folder, its.get(), snapshot, uid, requireStopped);
    }
  }

  /** Its own layer may have been merged into the one below. */
  private boolean isTaken(Place snapshot, FolderRecord record, String uid) {
    return !record.stack().contains(uid) || stacks.isFrozen(snapshot, uid);
  }

  private FolderRecord freeze(
      InstanceFolder folder,
      FolderRecord record,
      Place snapshot,
      String uid,
      Runnable requireStopped) {
    FolderRecord pinned = record.options() == null ? record.withOptions(options.asFound()) : record;
    FolderRecord taken = pinned.startOf(uid, pinned.stackUnder(uid));
    stacks.requireFreezable(folder, pinned, taken.stack());
    requireStopped.run();
    try (InstanceFolder made = store.make(snapshot)) {
      made.write(taken);
    }
    store.settle(snapshot);
    remover.unmountUnused(folder);
    folder.sync();
    FolderRecord frozen = stacks.freeze(folder, pinned, uid);
    mounter.mountAgain(folder, frozen);
    LOG.info("Snapshot taken: snapshot={} of={}", snapshot, folder.place());
    return taken;
  }

  /**
   * The record of a snapshot that is taken and has all its layers.
   *
   * @param of a place of the same prefix and namespace
   */
  public Optional<FolderRecord> find(Place of, String name, String uid) {
    return stacks.snapshot(of, name, uid);
  }

  /** When a snapshot was taken. */
  public Instant takenAt(Place of, String name, String uid) {
    return store
        .look(store.snapshot(of, name, uid), folder -> Optional.of(folder.recordTime()))
        .orElseThrow();
  }

  /** Removes a snapshot, and the layers that no other stack names. */
  public void remove(Place of, String name, String uid) {
    Place snapshot = store.snapshot(of, name, uid);
    store
        .locks()
        .alone(
            snapshot,
            () -> {
              remover.remove(snapshot);
              return null;
            });
    collector.collect(snapshot);
  }
}
