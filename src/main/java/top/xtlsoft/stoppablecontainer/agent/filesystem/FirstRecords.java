package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/** What the record of a new file system says: it lies on its image alone, or on a snapshot. */
final class FirstRecords {

  private static final Logger LOG = LoggerFactory.getLogger(FirstRecords.class);

  private final FileSystemStore store;
  private final LayerFolders lower;
  private final LayerStacks stacks;
  private final OverlayOptions overlayOptions;

  FirstRecords(LinuxSyscalls linux, Node node, FileSystemStore store, LayerStacks stacks) {
    this.store = store;
    this.lower = new LayerFolders(linux, node);
    this.stacks = stacks;
    this.overlayOptions = new OverlayOptions(linux, node);
  }

  /** Says whose the folder is before anything is put there. */
  FolderRecord begin(
      Instance instance,
      InstanceFolder folder,
      ImageLayers layers,
      Supplier<Optional<String>> content) {
    if (!folder.isEmpty()) {
      throw new RefusedException(
          AgentReason.UNKNOWN_FOLDER,
          folder.place() + " holds files and no " + InstanceFolder.RECORD + ": move it away");
    }
    return instance.source() == null
        ? beginFirst(instance, folder, layers, content)
        : store.keepingLayers(folder.place(), () -> beginFirst(instance, folder, layers, content));
  }

  private FolderRecord beginFirst(
      Instance instance,
      InstanceFolder folder,
      ImageLayers layers,
      Supplier<Optional<String>> content) {
    FolderRecord made = first(instance, folder, layers, content);
    folder.write(made);
    return made;
  }

  /** The first record on an image: of its layers alone, or of a snapshot's stack over them. */
  FolderRecord first(
      Instance instance,
      InstanceFolder folder,
      ImageLayers layers,
      Supplier<Optional<String>> content) {
    Instance.Source source = instance.source();
    FolderRecord first =
        source == null || source.isImage()
            ? FolderRecord.made(
                instance.uid(),
                layers.hash(),
                instance.image(),
                lower.inodes(layers),
                overlayOptions.ofNew())
            : ofSnapshot(instance, source, folder, layers, content);
    FolderRecord kept =
        instance.storage().sizeBytes() == null ? first : first.onDisk(Ext4Maker.KIND);
    return source == null || source.restore() == null
        ? kept
        : kept.restored(source.restore().uid());
  }

  /** A clone names the layers of its snapshot, which stay as long as one of both is there. */
  private FolderRecord ofSnapshot(
      Instance instance,
      Instance.Source source,
      InstanceFolder folder,
      ImageLayers layers,
      Supplier<Optional<String>> content) {
    FolderRecord snapshot =
        stacks
            .snapshot(folder.place(), source.name(), source.uid())
            .orElseThrow(
                () ->
                    new RefusedException(
                        AgentReason.SNAPSHOT_MISSING,
                        "snapshot " + source.name() + " is not on this node any more"));
    if (!ImageMatch.isSame(snapshot, layers, content)) {
      throw new RefusedException(
          AgentReason.IMAGE_LAYERS_CHANGED,
          "snapshot "
              + source.name()
              + " was taken of other layers of "
              + snapshot.image()
              + " than the node has of it now; pull the image it was made from");
    }
    LOG.info(
        "File system begins with a snapshot: folder={} snapshot={}", folder.place(), source.name());
    return snapshot
        .startOf(instance.uid(), snapshot.stack())
        .withLayers(layers.hash(), lower.inodes(layers))
        .withReset(
            Stream.concat(snapshot.reset().stream(), source.resetPaths().stream())
                .distinct()
                .toList());
  }
}
