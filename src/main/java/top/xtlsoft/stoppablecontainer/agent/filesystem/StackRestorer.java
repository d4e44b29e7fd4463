package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * Gives an existing file system the stack of a snapshot. What lies in upper becomes a layer of the
 * snapshot that keeps the state before, so nothing is lost; and a container gets the file system
 * before or after it, since each mount finishes a restore first.
 */
final class StackRestorer {

  private static final Logger LOG = LoggerFactory.getLogger(StackRestorer.class);

  private final FileSystemStore store;
  private final FileSystemRemover remover;
  private final LayerStacks stacks;
  private final PathKeeper keeper;

  StackRestorer(
      FileSystemStore store, FileSystemRemover remover, LayerStacks stacks, PathKeeper keeper) {
    this.store = store;
    this.remover = remover;
    this.stacks = stacks;
    this.keeper = keeper;
  }

  /** Whether the folder has the files that the last restore of the instance gives it. */
  static boolean isUpToDate(Instance instance, FolderRecord record) {
    return instance.source() == null
        || instance.source().restore() == null
        || instance.source().restore().uid().equals(record.restored());
  }

  /**
   * The record of a folder after its restore, if it needs one. The caller holds the folder's lock.
   *
   * @throws RefusedException SnapshotMissing, ImageLayersChanged, StackTooLong, NotEnoughSpace or
   *     InUse: nothing is changed
   * @throws NotYetException while a process of a pod lives in it
   */
  FolderRecord restored(Instance instance, InstanceFolder folder, FolderRecord record) {
    if (!record.uid().equals(instance.uid()) || isUpToDate(instance, record)) {
      return record;
    }
    return store.keepingLayers(folder.place(), () -> restore(instance.source(), folder, record));
  }

  /**
   * The record of a folder after a restore that puts it on another image. Only the mount of a pod
   * of that image can do so: until it is there, the file system stays as it is.
   *
   * @param next makes the record on the other image
   * @param lay makes an empty upper folder look like the root of a record's file system
   */
  FolderRecord exchanged(
      Instance instance,
      InstanceFolder folder,
      FolderRecord record,
      Supplier<FolderRecord> next,
      BiConsumer<InstanceFolder, FolderRecord> lay) {
    return store.keepingLayers(
        folder.place(),
        () -> {
          FolderRecord other = next.get();
          Instance.Restore restore = instance.source().restore();
          FolderRecord kept = kept(restore, folder, record);
          remover.unmountUnused(folder);
          FolderRecord restored =
              keeper.keep(
                  restore.keepPaths(), folder, kept, other, layer -> lay.accept(layer, other));
          lay.accept(folder, restored);
          folder.write(restored);
          LOG.info(
              "File system restored on another image: folder={} image={}",
              folder.place(),
              other.image());
          return restored;
        });
  }

  private FolderRecord restore(Instance.Source source, InstanceFolder folder, FolderRecord record) {
    FolderRecord snapshot =
        stacks
            .snapshot(folder.place(), source.name(), source.uid())
            .orElseThrow(() -> missing(source.name()));
    if (!isOfTheSameImage(record, snapshot)) {
      throw new RefusedException(
          AgentReason.IMAGE_LAYERS_CHANGED,
          "snapshot " + source.name() + " was taken of another image than " + record.image());
    }
    FolderRecord kept = kept(source.restore(), folder, record);
    remover.unmountUnused(folder);
    FolderRecord restored =
        keeper.keep(
            source.restore().keepPaths(),
            folder,
            kept,
            kept.restored(source.restore().uid(), snapshot),
            layer -> stacks.replaceEmptyUpper(layer, snapshot));
    stacks.replaceEmptyUpper(folder, restored);
    folder.write(restored);
    LOG.info("File system restored: folder={} snapshot={}", folder.place(), source.name());
    return restored;
  }

  private static RefusedException missing(String snapshot) {
    return new RefusedException(
        AgentReason.SNAPSHOT_MISSING, "snapshot " + snapshot + " is not on this node any more");
  }

  /**
   * The record of the folder once all of its files are in the snapshot that keeps the state before.
   * The container may have run since that was taken: what it wrote then becomes one more layer.
   */
  private FolderRecord kept(Instance.Restore restore, InstanceFolder folder, FolderRecord record) {
    Place before = store.snapshot(folder.place(), restore.beforeName(), restore.beforeUid());
    FolderRecord had = store.record(before).orElseThrow(() -> missing(restore.beforeName()));
    if (had.stack().equals(record.stack()) && folder.isUpperEmpty()) {
      return record;
    }
    String layer = UUID.randomUUID().toString();
    List<String> stack = record.stackUnder(layer);
    stacks.requireFreezable(folder, record, stack);
    remover.unmountUnused(folder);
    folder.sync();
    try (InstanceFolder made = store.make(before)) {
      made.write(record.startOf(restore.beforeUid(), stack));
    }
    return stacks.freeze(folder, record, layer);
  }

  private static boolean isOfTheSameImage(FolderRecord record, FolderRecord snapshot) {
    return record.content() != null && snapshot.content() != null
        ? record.content().equals(snapshot.content())
        : record.layers().equals(snapshot.layers());
  }
}
