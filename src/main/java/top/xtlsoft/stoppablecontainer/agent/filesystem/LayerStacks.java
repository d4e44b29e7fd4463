package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

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
 * The frozen layers between an upper folder and the image. A layer never changes; several stacks of
 * a namespace may name it.
 */
final class LayerStacks {

  private static final Logger LOG = LoggerFactory.getLogger(LayerStacks.class);

  /** The kernel takes 500 lower layers (OVL_MAX_STACK); an image has at most 127. */
  static final int MOST_LAYERS = 128;

  private final LinuxSyscalls linux;
  private final FileSystemStore store;

  LayerStacks(LinuxSyscalls linux, FileSystemStore store) {
    this.linux = linux;
    this.store = store;
  }

  /**
   * The lower folders of an instance's file system, topmost first.
   *
   * @throws RefusedException LayerMissing if a layer of the stack is not on the node
   */
  List<String> lower(Place of, FolderRecord record, Collection<String> image) {
    List<String> folders = new ArrayList<>();
    for (String id : record.stack()) {
      try (InstanceFolder layer = open(of, id)) {
        folders.add(layer.upperPath());
      }
    }
    folders.addAll(image);
    return folders;
  }

  /** Makes upper, work and rootfs of a folder over its stack. */
  void makeLayers(InstanceFolder folder, FolderRecord record, Fd imageRoot) {
    if (record.stack().isEmpty()) {
      folder.makeLayers(imageRoot);
    } else {
      try (InstanceFolder top = open(folder.place(), record.stack().getFirst())) {
        folder.makeLayersLike(top);
      }
    }
  }

  private InstanceFolder open(Place of, String id) {
    Place place = store.layer(of, id);
    InstanceFolder layer = store.find(place).orElse(null);
    if (layer == null || !layer.hasUpper()) {
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
    try (InstanceFolder top = open(folder.place(), like.stack().getFirst())) {
      folder.replaceEmptyUpper(top);
    }
  }

  /** Whether a layer is there, and complete. */
  boolean isFrozen(Place of, String id) {
    try (InstanceFolder layer = store.find(store.layer(of, id)).orElse(null)) {
      return layer != null && layer.hasUpper();
    }
  }

  /**
   * Makes upper a layer, with a new upper above it. The caller holds the lock of the folder, in
   * which nothing is mounted. The record says first what is about to happen, so the next job that
   * looks at the folder after a power cut finishes it ({@link #recovered}).
   *
   * @return the record afterwards
   */
  FolderRecord freeze(InstanceFolder folder, FolderRecord record, String id) {
    folder.draftUpper();
    FolderRecord begun = record.whileFreezing(id);
    folder.write(begun);
    return finished(folder, begun);
  }

  /** The record of a folder, after a change of its stack that was cut off is finished. */
  FolderRecord recovered(InstanceFolder folder, FolderRecord record) {
    if (record.freezing() == null) {
      return record;
    }
    LOG.info("Layer half frozen, going on: folder={} layer={}", folder.place(), record.freezing());
    return finished(folder, record);
  }

  private FolderRecord finished(InstanceFolder folder, FolderRecord begun) {
    Place place = store.layer(folder.place(), begun.freezing());
    try (InstanceFolder layer = store.make(place)) {
      freezeInto(layer, folder, begun);
    }
    store.settle(place);
    FolderRecord frozen = begun.frozen();
    folder.write(frozen);
    return frozen;
  }

  private static void freezeInto(InstanceFolder layer, InstanceFolder folder, FolderRecord begun) {
    try {
      folder.freezeInto(layer);
    } catch (SyscallException e) {
      if (!layer.hasUpper()) {
        // Nothing has moved, and a container must be able to start with what there is.
        folder.write(begun.notFrozen());
      }
      throw e;
    }
  }

  /**
   * Makes sure that upper can become a layer, which is renamed: it can't leave a disk image.
   *
   * @throws RefusedException StorageSizeUnsupported if it can't
   */
  void requireNoDisk(FolderRecord record) {
    if (record.disk() != null) {
      throw new RefusedException(
          AgentReason.STORAGE_SIZE_UNSUPPORTED,
          "a file system with spec.storage.size can't be kept in a snapshot or restored");
    }
  }

  /**
   * Makes sure that the kernel mounts a stack of these folders.
   *
   * @throws RefusedException StackTooLong if it does not
   */
  void requireMountable(InstanceFolder folder, FolderRecord record, List<String> stack) {
    if (stack.size() > MOST_LAYERS) {
      throw new RefusedException(
          AgentReason.STACK_TOO_LONG,
          "the file system lies on " + record.stack().size() + " layers, and no more are possible");
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
