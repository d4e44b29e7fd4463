package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
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
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.NamespaceThread;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * Mounts an instance's file system on the node: the image's layers below, what the instance wrote
 * above. Once per instance and boot; mounted already, there is nothing to do.
 */
public final class FileSystemMounter {

  private static final Logger LOG = LoggerFactory.getLogger(FileSystemMounter.class);

  private final LinuxSyscalls linux;
  private final Node node;
  private final FileSystemStore store;
  private final FileSystemRemover remover;
  private final Occupants occupants;
  private final LayerFolders lower;
  private final OrphanFolders orphans;
  private final LayerStacks stacks;
  private final StackRestorer restorer;
  private final IdentityResetter resetter;
  private final FirstRecords records;
  private final OverlayMounter overlays;
  private final DiskImages disks;
  private final NamespaceThread thread;

  public FileSystemMounter(
      LinuxSyscalls linux,
      Node node,
      FileSystemStore store,
      FileSystemRemover remover,
      Occupants occupants) {
    this.linux = linux;
    this.node = node;
    this.store = store;
    this.remover = remover;
    this.occupants = occupants;
    this.orphans = new OrphanFolders(linux, store, remover, Clock.systemUTC());
    this.lower = new LayerFolders(linux, node);
    this.disks = new DiskImages(linux, node);
    this.stacks = new LayerStacks(linux, store, disks);
    this.restorer =
        new StackRestorer(
            store, remover, stacks, new PathKeeper(linux, node, store, remover, stacks));
    this.resetter = new IdentityResetter(linux);
    this.records = new FirstRecords(linux, node, store, stacks);
    this.overlays = new OverlayMounter(linux, node, stacks, occupants);
    this.thread = new NamespaceThread(linux);
  }

  /**
   * Mounts the instance's file system over the layers of a container of its image.
   *
   * @param image root of that container, whose root folder looks like the image's
   * @param layers the layers below it
   * @param content hash over what these hold, if the runtime reports it; not asked for when the
   *     file system is new
   * @throws RefusedException when what lies on the node is not this instance's, or can't be mounted
   * @throws NotYetException while a container lives in a mount whose layers are gone
   */
  public void mount(
      Instance instance, Fd image, ImageLayers layers, Supplier<Optional<String>> content) {
    store
        .locks()
        .alone(
            store.placeOf(instance),
            () -> {
              mountAlone(instance, image, layers, content);
              return null;
            });
  }

  private void mountAlone(
      Instance instance, Fd image, ImageLayers layers, Supplier<Optional<String>> content) {
    Place place = store.placeOf(instance);
    setAsideOther(place, instance);
    if (store.record(place).isEmpty()) {
      orphans.takeUp(instance, record -> ImageMatch.isSame(record, layers, content));
    }
    try (InstanceFolder folder = store.make(instance)) {
      Optional<FolderRecord> known = folder.record().map(found -> stacks.recovered(folder, found));
      known.ifPresent(found -> mountDisk(instance, folder, found));
      FolderRecord record =
          known
              .map(
                  found ->
                      isExchanged(instance, found)
                          ? exchanged(instance, folder, found, image, layers, content)
                          : restorer.restored(instance, folder, found))
              .orElse(null);
      if (record == null) {
        record = records.begin(instance, folder, layers, content);
        mountDisk(instance, folder, record);
      } else if (hasItsLayers(record)) {
        if (overlays.takeUp(folder)) {
          resetter.reset(folder, record);
          LOG.debug("File system is mounted already");
          return;
        }
        record = goOn(folder, record, layers, content);
      } else {
        LOG.info("Image layers are gone, mounting anew: folder={}", place);
        requireNoProcess(folder);
        remover.unmount(folder);
        record = goOn(folder, record, layers, content);
      }
      stacks.makeLayers(folder, record, image);
      overlays.mount(folder, record, layers.folders());
      resetter.reset(folder, record);
    }
  }

  /**
   * Mounts the disk image of a folder that has one. A size that an instance has got since does not
   * count: its files lie in the folder.
   */
  private void mountDisk(Instance instance, InstanceFolder folder, FolderRecord record) {
    @Nullable Long bytes = instance.storage().sizeBytes();
    if (record.disk() == null) {
      if (bytes != null) {
        throw new RefusedException(
            AgentReason.STORAGE_SIZE_UNSUPPORTED,
            "the file system was made without spec.storage.size, and can't get one");
      }
      return;
    }
    disks.mount(folder, bytes);
  }

  /**
   * Makes the file system of an instance with a size as large as its spec says, while it is in use.
   *
   * @return whether it is so large now; false while it is not mounted
   * @throws RefusedException NotEnoughSpace if the node's disk has no room for it
   */
  public boolean grow(Instance instance) {
    @Nullable Long bytes = instance.storage().sizeBytes();
    AtomicBoolean done = new AtomicBoolean();
    if (bytes != null) {
      alone(
          instance,
          (folder, record) -> done.set(record.disk() != null && disks.grow(folder, bytes)));
    }
    return done.get();
  }

  /** Whether the next mount puts the file system on another image. */
  private static boolean isExchanged(Instance instance, FolderRecord record) {
    return instance.hasOtherImage()
        && record.uid().equals(instance.uid())
        && !StackRestorer.isUpToDate(instance, record);
  }

  private FolderRecord exchanged(
      Instance instance,
      InstanceFolder folder,
      FolderRecord record,
      Fd image,
      ImageLayers layers,
      Supplier<Optional<String>> content) {
    return restorer.exchanged(
        instance,
        folder,
        record,
        () -> records.first(instance, folder, layers, content),
        (upper, other) -> stacks.replaceEmptyUpper(upper, other, image));
  }

  /**
   * Mounts a file system again that its caller has unmounted, if the layers of its image are still
   * where they were. Otherwise the next container does.
   */
  void mountAgain(InstanceFolder folder, FolderRecord record) {
    if (record.lower() == null || !lower.areThere(record.lower())) {
      LOG.info("Mount left to the next start, image layers have moved: folder={}", folder.place());
      return;
    }
    folder.makeMountFolders();
    overlays.mount(folder, record, record.lower().keySet());
    resetter.reset(folder, record);
  }

  /**
   * Gives an instance's file system the files of the snapshot that a restore names, if it has not
   * got them yet, and mounts it again.
   *
   * @param requireStopped throws if the instance may be written to; called while no container can
   *     get its file system
   * @throws RefusedException SnapshotMissing, ImageLayersChanged, StackTooLong or InUse: nothing is
   *     changed
   */
  public void restore(Instance instance, Runnable requireStopped) {
    alone(
        instance,
        (folder, record) -> {
          if (!StackRestorer.isUpToDate(instance, record) && !isExchanged(instance, record)) {
            requireStopped.run();
            FolderRecord found = stacks.recovered(folder, record);
            mountAgain(folder, restored(instance, folder, found));
          }
        });
  }

  private FolderRecord restored(Instance instance, InstanceFolder folder, FolderRecord record) {
    try {
      return restorer.restored(instance, folder, record);
    } catch (RefusedException e) {
      if (!folder.isMounted()) {
        mountAgain(folder, folder.recordOf(instance.uid()).orElseThrow());
      }
      throw e;
    }
  }

  /**
   * Mounts a file system that is mounted for the users of another user namespace again: without
   * effect if it is mounted for these, or not at all.
   *
   * @param namespace opens the user namespace
   * @throws RefusedException UnsupportedUserNamespace if the node can't map owners; it stays
   *     mounted as it is
   * @throws NotYetException while a process uses it, or its image's layers are gone
   */
  public void mountFor(Instance instance, UserNamespace users, Supplier<Fd> namespace) {
    alone(
        instance,
        (folder, record) -> {
          if (folder.isMounted() && !isMountedFor(folder, users)) {
            mountFor(folder, record, users, namespace);
          }
        });
  }

  /** Works in the folder of an instance, if there is one, while no other job does. */
  private void alone(Instance instance, BiConsumer<InstanceFolder, FolderRecord> work) {
    Place place = store.placeOf(instance);
    store
        .locks()
        .alone(
            place,
            () ->
                store.look(
                    place,
                    folder -> {
                      Optional<FolderRecord> record = folder.recordOf(instance.uid());
                      record.ifPresent(found -> work.accept(folder, found));
                      return record;
                    }));
  }

  private void mountFor(
      InstanceFolder folder, FolderRecord record, UserNamespace users, Supplier<Fd> namespace) {
    requireNoProcess(folder);
    if (record.lower() == null || !lower.areThere(record.lower())) {
      throw NotYetException.untilRetry("the layers of the image are gone");
    }
    if (users.isNodes()) {
      remover.unmount(folder);
      overlays.mount(folder, record, record.lower().keySet());
      return;
    }
    String options = OverlayOptions.of(record.options());
    try (Fd pods = namespace.get();
        LowerFolders folders = stacks.lower(folder.place(), record, record.lower().keySet());
        LayerMounts layers =
            thread.call("map-owners", () -> LayerMounts.of(linux, node, folder, folders, pods))) {
      remover.unmount(folder);
      try {
        overlays.mount(folder, layers, options, users);
      } catch (RuntimeException e) {
        // The provider pod has its answer and does not ask for the mount again.
        overlays.mount(folder, record, record.lower().keySet());
        throw e;
      }
    }
    LOG.info("File system mounted in a user namespace: folder={}", folder.place());
  }

  private boolean isMountedFor(InstanceFolder folder, UserNamespace users) {
    try (Fd root = folder.mountedRoot().orElse(null)) {
      return root != null && isFor(folder, root, users);
    }
  }

  private boolean isFor(InstanceFolder folder, Fd root, UserNamespace users) {
    try (Fd upper = folder.upper().orElseThrow()) {
      return users.shows(linux.stat(upper), linux.stat(root));
    }
  }

  private void requireNoProcess(InstanceFolder folder) {
    try (Fd root = folder.mountedRoot().orElse(null)) {
      Optional<Integer> process = root == null ? Optional.empty() : occupants.find(root);
      if (process.isPresent()) {
        throw NotYetException.untilRetry(
            "process " + process.get() + " of a container still uses the file system");
      }
    }
  }

  /** Whether it is still to be noted what the layers of these folders hold. */
  public boolean lacksContent(Instance instance, ImageLayers layers) {
    return store
        .look(
            instance,
            folder ->
                folder
                    .recordOf(instance.uid())
                    .filter(record -> record.content() == null)
                    .filter(record -> record.layers().equals(layers.hash())))
        .isPresent();
  }

  /**
   * Notes what the layers hold that the file system lies on. The first attach goes on meanwhile: it
   * does not read the record, and the write waits for the disk.
   */
  public void recordContent(Instance instance, String content) {
    store
        .locks()
        .together(
            store.placeOf(instance),
            () ->
                store.look(
                    instance,
                    folder -> {
                      Optional<FolderRecord> record = folder.recordOf(instance.uid());
                      record.ifPresent(old -> folder.write(old.withContent(content)));
                      return record;
                    }));
  }

  /** Takes layers that hold what the file system was made on, and notes where they lie. */
  private FolderRecord goOn(
      InstanceFolder folder,
      FolderRecord record,
      ImageLayers layers,
      Supplier<Optional<String>> content) {
    if (!ImageMatch.isSame(record, layers, content)) {
      throw new RefusedException(
          AgentReason.IMAGE_LAYERS_CHANGED,
          "the file system was made on other layers of "
              + record.image()
              + " than the node has of it now; pull the image it was made from");
    }
    Map<String, Long> inodes = lower.inodes(layers);
    if (record.layers().equals(layers.hash()) && inodes.equals(record.lower())) {
      return record;
    }
    FolderRecord moved = record.withLayers(layers.hash(), inodes);
    folder.write(moved);
    LOG.info("Image layers moved, content unchanged: folder={}", folder.place());
    return moved;
  }

  /**
   * Makes sure that a container runs the image that the file system was made on: a tag may have
   * moved on since, and its environment and command are another image's then.
   *
   * @param content hash over what the layers hold; asked for only when they lie in other folders
   * @throws RefusedException ImageLayersChanged if it doesn't
   */
  public void requireImage(
      Instance instance, ImageLayers layers, Supplier<Optional<String>> content) {
    Optional<FolderRecord> found = store.look(instance, folder -> folder.recordOf(instance.uid()));
    if (found.filter(record -> !record.layers().equals(layers.hash())).isEmpty()) {
      return;
    }
    ImageMatch.require(found.get(), content);
  }

  /**
   * The same for a container whose layers lie in folders that the runtime has made for its user
   * namespace: these differ each time.
   *
   * @throws NotYetException while it is not noted what the layers hold that the file system was
   *     made on
   */
  public void requireContent(Instance instance, Supplier<Optional<String>> content) {
    Optional<FolderRecord> found = store.look(instance, folder -> folder.recordOf(instance.uid()));
    if (found.isPresent()) {
      if (found.get().content() == null) {
        throw NotYetException.untilRetry("the content of the image's layers is not noted yet");
      }
      ImageMatch.require(found.get(), content);
    }
  }

  /**
   * The root of an instance's mounted file system, if it is mounted with all its layers, this
   * instance's, and ready for a container.
   */
  public Optional<Fd> mounted(Instance instance) {
    return store.look(instance, folder -> mounted(folder, instance));
  }

  /** The same, if it is mounted for the users of that user namespace. */
  public Optional<Fd> mounted(Instance instance, UserNamespace users) {
    return store.look(
        instance,
        folder -> {
          Optional<Fd> root = mounted(folder, instance);
          if (root.isPresent() && !isFor(folder, root.get(), users)) {
            root.get().close();
            return Optional.empty();
          }
          return root;
        });
  }

  private Optional<Fd> mounted(InstanceFolder folder, Instance instance) {
    return ready(folder, instance).flatMap(record -> folder.mountedRoot());
  }

  /** The record of a folder that is the instance's and up to date, with all its layers there. */
  private Optional<FolderRecord> ready(InstanceFolder folder, Instance instance) {
    return folder
        .recordOf(instance.uid())
        .filter(record -> StackRestorer.isUpToDate(instance, record))
        .filter(record -> record.reset().isEmpty())
        .filter(this::hasItsLayers);
  }

  /**
   * The root of an instance's mounted file system, also when layers of it are gone: processes may
   * live there all the same.
   */
  public Optional<Fd> inhabited(Instance instance) {
    return store.look(
        instance,
        folder -> folder.recordOf(instance.uid()).flatMap(record -> folder.mountedRoot()));
  }

  /** Agents that were before didn't note the folders. */
  private boolean hasItsLayers(FolderRecord record) {
    return record.lower() == null || lower.areThere(record.lower());
  }

  /** Whether the next mount puts an existing file system on another image. */
  public boolean awaitsOtherImage(Instance instance) {
    return instance.hasOtherImage()
        && store
            .look(instance, folder -> folder.recordOf(instance.uid()))
            .filter(record -> isExchanged(instance, record))
            .isPresent();
  }

  /**
   * Whether the instance's file system is mounted and all is done that belongs to that: an agent
   * may have been killed before it made the mount private.
   */
  public boolean isDone(Instance instance) {
    return store
        .locks()
        .together(
            store.placeOf(instance),
            () ->
                store.look(
                    instance,
                    folder -> ready(folder, instance).filter(record -> overlays.takeUp(folder))))
        .isPresent();
  }

  /** A folder of another UID belonged to an instance of the same name, and may be wanted again. */
  private void setAsideOther(Place place, Instance instance) {
    store
        .record(place)
        .map(FolderRecord::uid)
        .filter(uid -> !uid.equals(instance.uid()))
        .ifPresent(
            uid ->
                orphans.setAside(
                    place, uid, "another instance has its name: " + instance.uid(), other -> true));
  }
}
