package top.xtlsoft.stoppablecontainer.agent.filesystem;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * Gives an existing file system the stack of a snapshot. The state before lies in a snapshot
 * already and upper is empty, so nothing is lost; and a container gets the file system before or
 * after it, since each mount finishes a restore first.
 */
final class StackRestorer {

  private static final Logger LOG = LoggerFactory.getLogger(StackRestorer.class);

  private final FileSystemStore store;
  private final FileSystemRemover remover;
  private final LayerStacks stacks;

  StackRestorer(FileSystemStore store, FileSystemRemover remover, LayerStacks stacks) {
    this.store = store;
    this.remover = remover;
    this.stacks = stacks;
  }

  /** Whether the folder has the files that the last restore of the instance gives it. */
  static boolean isUpToDate(Instance instance, FolderRecord record) {
    return instance.source() == null
        || instance.source().restore() == null
        || instance.source().restore().equals(record.restored());
  }

  /**
   * The record of a folder after its restore, if it needs one. The caller holds the folder's lock.
   *
   * @throws RefusedException ChangedSince, SnapshotMissing, ImageLayersChanged or InUse: nothing is
   *     changed
   * @throws NotYetException while a process of a pod lives in it
   */
  FolderRecord restored(Instance instance, InstanceFolder folder, FolderRecord record) {
    if (!record.uid().equals(instance.uid()) || isUpToDate(instance, record)) {
      return record;
    }
    return store.keepingLayers(folder.place(), () -> restore(instance.source(), folder, record));
  }

  private FolderRecord restore(Instance.Source source, InstanceFolder folder, FolderRecord record) {
    boolean kept =
        !record.stack().isEmpty()
            && record.stack().getFirst().equals(source.before())
            && folder.isUpperEmpty();
    if (!kept) {
      throw new RefusedException(
          AgentReason.CHANGED_SINCE,
          "the container has run since the state before the restore was kept: delete the restore"
              + " and create it again");
    }
    FolderRecord snapshot =
        stacks
            .snapshot(folder.place(), source.name(), source.uid())
            .orElseThrow(
                () ->
                    new RefusedException(
                        AgentReason.SNAPSHOT_MISSING,
                        "snapshot " + source.name() + " is not on this node any more"));
    if (!isOfTheSameImage(record, snapshot)) {
      throw new RefusedException(
          AgentReason.IMAGE_LAYERS_CHANGED,
          "snapshot " + source.name() + " was taken of another image than " + record.image());
    }
    remover.unmountUnused(folder);
    stacks.replaceEmptyUpper(folder, snapshot);
    FolderRecord restored = record.restored(source.restore(), snapshot);
    folder.write(restored);
    LOG.info("File system restored: folder={} snapshot={}", folder.place(), source.name());
    return restored;
  }

  private static boolean isOfTheSameImage(FolderRecord record, FolderRecord snapshot) {
    return record.content() != null && snapshot.content() != null
        ? record.content().equals(snapshot.content())
        : record.layers().equals(snapshot.layers());
  }
}
