package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_STRICT;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import jnr.constants.platform.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * The frozen layers between an upper folder and the image. A layer is a folder, or the disk image
 * of an instance with a size. It never changes; several stacks of a namespace may name it.
 */
final class LayerStacks {

  private static final Logger LOG = LoggerFactory.getLogger(LayerStacks.class);

  /** The kernel takes 500 lower layers (OVL_MAX_STACK); an image has at most 127. */
  static final int MOST_LAYERS = 128;

  private final LinuxSyscalls linux;
  private final FileSystemStore store;
  private final DiskImages disks;

  LayerStacks(LinuxSyscalls linux, FileSystemStore store, DiskImages disks) {
    this.linux = linux;
    this.store = store;
    this.disks = disks;
  }

  /**
   * The lower folders of an instance's file system, topmost first. The caller closes them.
   *
   * @throws RefusedException LayerMissing if a layer of the stack is not on the node;
   *     StorageSizeUnsupported if it is a disk image, and the agent may not mount it
   */
  LowerFolders lower(Place of, FolderRecord record, Collection<String> image) {
    List<LowerFolders.Folder> folders = new ArrayList<>();
    try {
      for (String id : record.stack()) {
        folders.add(lower(of, id));
      }
    } catch (RuntimeException e) {
      new LowerFolders(folders).close();
      throw e;
    }
    image.forEach(path -> folders.add(new LowerFolders.Folder(path, null)));
    return new LowerFolders(folders);
  }

  private LowerFolders.Folder lower(Place of, String id) {
    try (InstanceFolder layer = open(of, id)) {
      return new LowerFolders.Folder(
          layer.upperPath(), layer.hasDiskImage() ? disks.mountFrozen(layer) : null);
    }
  }

  /** Makes upper, work and rootfs of a folder over its stack. */
  void makeLayers(InstanceFolder folder, FolderRecord record, Fd imageRoot) {
    if (record.stack().isEmpty()) {
      folder.makeLayers(imageRoot);
    } else {
      makeLayers(folder, record);
    }
  }

  /** Opens the root of the topmost frozen layer. */
  private Fd top(InstanceFolder folder, FolderRecord record) {
    try (InstanceFolder layer = open(folder.place(), record.stack().getFirst())) {
      if (!layer.hasDiskImage()) {
        return layer.upper().orElseThrow();
      }
      // The open folder keeps the mount.
      try (Fd disk = disks.mountFrozen(layer)) {
        return linux.openat2(disk, InstanceFolder.UPPER, O_PATH | O_DIRECTORY, 0, RESOLVE_STRICT);
      }
    }
  }

  private InstanceFolder open(Place of, String id) {
    Place place = store.layer(of, id);
    InstanceFolder layer = store.find(place).orElse(null);
    if (layer == null || !layer.isFrozen()) {
      if (layer != null) {
        layer.close();
      }
      throw new RefusedException(
          AgentReason.LAYER_MISSING, "the layer at " + place + " is not there: bring it back");
    }
    return layer;
  }

  /** The record of a snapshot that is taken and has all its layers. */
  Optional<FolderRecord> snapshot(Place of, String name, String uid) {
    Place snapshot = store.snapshot(of, name, uid);
    return store
        .record(snapshot)
        .filter(found -> found.stack().stream().allMatch(layer -> isFrozen(snapshot, layer)));
  }

  /** Makes the empty upper of a folder look like the root of a stack over an image. */
  void replaceEmptyUpper(InstanceFolder folder, FolderRecord like, Fd imageRoot) {
    if (like.stack().isEmpty()) {
      folder.replaceEmptyUpper(imageRoot);
    } else {
      replaceEmptyUpper(folder, like);
    }
  }

  /** Makes the empty upper of a folder look like the root of a stack. */
  void replaceEmptyUpper(InstanceFolder folder, FolderRecord like) {
    try (Fd top = top(folder, like)) {
      folder.replaceEmptyUpperLike(top);
    }
  }

  /** Whether a layer is there, and complete. */
  boolean isFrozen(Place of, String id) {
    try (InstanceFolder layer = store.find(store.layer(of, id)).orElse(null)) {
      return layer != null && layer.isFrozen();
    }
  }

  /**
   * Makes upper a layer, with a new upper above it; where upper lies in a disk image, the whole
   * image. The caller holds the lock of the folder, whose overlay is not mounted. The record says
   * first what is about to happen, so the next job that looks at the folder after a power cut
   * finishes it ({@link #recovered}).
   *
   * @return the record afterwards
   */
  FolderRecord freeze(InstanceFolder folder, FolderRecord record, String id) {
    if (record.disk() == null) {
      folder.draftUpper();
    } else {
      disks.draftNext(folder);
    }
    FolderRecord begun = record.whileFreezing(id);
    folder.write(begun);
    return finished(folder, begun);
  }

  /**
   * The record of a folder, after a change of its stack that was cut off is finished. A disk image
   * that it has is mounted then, with an upper folder if a frozen layer shows how that looks.
   */
  FolderRecord recovered(InstanceFolder folder, FolderRecord record) {
    if (record.freezing() != null) {
      LOG.info(
          "Layer half frozen, going on: folder={} layer={}", folder.place(), record.freezing());
      return finished(folder, record);
    }
    return withDisk(folder, record);
  }

  private FolderRecord withDisk(InstanceFolder folder, FolderRecord record) {
    if (record.disk() != null && folder.hasDiskImage()) {
      disks.mount(folder, null);
      if (!record.stack().isEmpty()) {
        makeLayers(folder, record);
      }
    }
    return record;
  }

  /** Makes upper, work and rootfs of a folder over its frozen layers, where they are missing. */
  private void makeLayers(InstanceFolder folder, FolderRecord record) {
    folder.makeLayersLike(() -> top(folder, record));
  }

  private FolderRecord finished(InstanceFolder folder, FolderRecord begun) {
    Place place = store.layer(folder.place(), begun.freezing());
    try (InstanceFolder layer = store.make(place)) {
      freezeInto(layer, folder, begun);
    }
    store.settle(place);
    FolderRecord frozen = begun.frozen();
    folder.write(frozen);
    return withDisk(folder, frozen);
  }

  private static void freezeInto(InstanceFolder layer, InstanceFolder folder, FolderRecord begun) {
    try {
      if (begun.disk() == null) {
        folder.freezeInto(layer);
      } else {
        folder.freezeDiskInto(layer);
      }
    } catch (SyscallException e) {
      if (!layer.isFrozen()) {
        // Nothing has moved, and a container must be able to start with what there is.
        folder.write(begun.notFrozen());
      }
      throw e;
    }
  }

  /**
   * Makes sure that upper can become a layer.
   *
   * @param stack the stack with that layer
   * @throws RefusedException StackTooLong if the kernel does not mount it; NotEnoughSpace if the
   *     node's disk has no room for the disk image that follows
   */
  void requireFreezable(InstanceFolder folder, FolderRecord record, List<String> stack) {
    requireMountable(folder, record, stack);
    if (record.disk() != null) {
      disks.requireRoomForNext(folder);
    }
  }

  /**
   * Makes sure that the kernel mounts a stack.
   *
   * @throws RefusedException StackTooLong if it does not
   */
  void requireMountable(InstanceFolder folder, FolderRecord record, List<String> stack) {
    if (stack.size() > MOST_LAYERS) {
      throw new RefusedException(
          AgentReason.STACK_TOO_LONG,
          "the file system lies on " + record.stack().size() + " layers, and no more are possible");
    }
    if (record.disk() != null) {
      // Their mounts have short names.
      return;
    }
    List<String> lower = new ArrayList<>();
    stack.forEach(id -> lower.add(InstanceFolder.upperPath(store.layer(folder.place(), id))));
    if (record.lower() != null) {
      lower.addAll(record.lower().keySet());
    }
    String options =
        OverlayOptions.forMount(
            OverlayOptions.of(record.options()), lower, folder.upperPath(), folder.workPath());
    if (options.getBytes(ISO_8859_1).length > OverlayOptions.MOST_BYTES && !takesLayersOneByOne()) {
      throw new RefusedException(
          AgentReason.STACK_TOO_LONG,
          "the file system lies on "
              + record.stack().size()
              + " layers, and this kernel takes no more: Linux 6.8 does");
    }
  }

  private boolean takesLayersOneByOne() {
    try (Fd context = linux.fsopen("overlay")) {
      linux.fsconfigString(context, "lowerdir+", "/");
      return true;
    } catch (SyscallException e) {
      if (e.is(Errno.EINVAL, Errno.ENOSYS)) {
        return false;
      }
      throw e;
    }
  }
}
