package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import jnr.constants.platform.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.linux.NamespaceThread;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * Mounts an instance's file system on the node: the image's layers below, what the instance wrote
 * above. Once per instance and boot; mounted already, there is nothing to do.
 */
public final class FileSystemMounter {

  private static final Logger LOG = LoggerFactory.getLogger(FileSystemMounter.class);

  private final LinuxSyscalls linux;
  private final Node node;
  private final InstanceFolders folders;
  private final FileSystemRemover remover;
  private final Occupants occupants;
  private final LayerFolders lower;
  private final OrphanFolders orphans;
  private final NamespaceThread thread;

  public FileSystemMounter(
      LinuxSyscalls linux,
      Node node,
      InstanceFolders folders,
      FileSystemRemover remover,
      Occupants occupants) {
    this.linux = linux;
    this.node = node;
    this.folders = folders;
    this.remover = remover;
    this.occupants = occupants;
    this.orphans = new OrphanFolders(linux, folders, remover, Clock.systemUTC());
    this.lower = new LayerFolders(linux, node);
    this.thread = new NamespaceThread(linux);
  }

  /**
   * Mounts the instance's file system over the layers of a container of its image.
   *
   * @param image root of that container, whose root folder looks like the image's
   * @param layers the layers below it
   * @param content hash over what these hold, if the runtime tells; not asked for when the file
   *     system is new
   * @throws RefusedException when what lies on the node is not this instance's, or can't be mounted
   * @throws NotYetException while a container lives in a mount whose layers are gone
   */
  public void mount(
      Instance instance, Fd image, ImageLayers layers, Supplier<Optional<String>> content) {
    folders.alone(
        InstanceFolders.Place.of(instance),
        () -> {
          mountAlone(instance, image, layers, content);
          return null;
        });
  }

  private void mountAlone(
      Instance instance, Fd image, ImageLayers layers, Supplier<Optional<String>> content) {
    String path = instance.folder();
    InstanceFolders.Place place = InstanceFolders.Place.of(instance);
    setAsideOther(place, instance);
    if (folders.record(place).isEmpty()) {
      orphans.takeUp(instance, record -> holdTheSame(record, layers, content));
    }
    try (Fd folder = folders.make(instance)) {
      Optional<FolderRecord> record = folders.record(folder, Names.toText(path));
      if (record.isEmpty()) {
        begin(instance, folder, layers);
      } else if (hasItsLayers(record.get())) {
        if (takeUp(folder)) {
          LOG.debug("File system is mounted already");
          return;
        }
        goOn(folder, record.get(), layers, content);
      } else {
        LOG.info("The layers that were below the file system are gone");
        requireNoProcess(folder);
        remover.unmount(folder, path);
        goOn(folder, record.get(), layers, content);
      }
      folders.makeLayers(folder, image);
      thread.call(
          "mount",
          () -> {
            linux.setnsMount(node.mountNamespace());
            mountOverlay(instance, folder, layers);
            return null;
          });
      LOG.info("Mounted file system of {} layers at {}", layers.folders().size(), path);
    }
  }

  private void requireNoProcess(Fd folder) {
    try (Fd root = folders.mountedRoot(folder).orElse(null)) {
      Optional<Integer> process = root == null ? Optional.empty() : occupants.find(root);
      if (process.isPresent()) {
        throw NotYetException.untilRetry(
            "process " + process.get() + " of a container still uses the file system");
      }
    }
  }

  /** Whether it is still to be noted what the layers of these folders hold. */
  public boolean lacksContent(Instance instance, ImageLayers layers) {
    return ofInstance(
            instance,
            folder ->
                record(instance, folder)
                    .filter(record -> record.content() == null)
                    .filter(record -> record.layers().equals(layers.hash())))
        .isPresent();
  }

  /** Notes what the layers hold that the file system lies on. */
  public void recordContent(Instance instance, String content) {
    ofInstance(
        instance,
        folder -> {
          Optional<FolderRecord> record = record(instance, folder);
          record.ifPresent(old -> folders.writeRecord(folder, old.withContent(content)));
          return record;
        });
  }

  /** Takes layers that hold what the file system was made on, and notes where they lie. */
  private void goOn(
      Fd folder, FolderRecord record, ImageLayers layers, Supplier<Optional<String>> content) {
    if (!holdTheSame(record, layers, content)) {
      throw new RefusedException(
          AgentReason.IMAGE_LAYERS_CHANGED,
          "the file system was made on other layers of "
              + record.image()
              + " than the node has of it now; pull the image it was made from");
    }
    Map<String, Long> inodes = lower.inodes(layers);
    if (!record.layers().equals(layers.hash()) || !inodes.equals(record.lower())) {
      folders.writeRecord(folder, record.withLayers(layers.hash(), inodes));
      LOG.info("The image's layers lie in other folders now and hold the same");
    }
  }

  /** A runtime that lost its store numbers folders anew: their names prove nothing. */
  private static boolean holdTheSame(
      FolderRecord record, ImageLayers layers, Supplier<Optional<String>> content) {
    Optional<String> before = Optional.ofNullable(record.content());
    Optional<String> now = before.isPresent() ? content.get() : Optional.empty();
    return now.isPresent() ? now.equals(before) : record.layers().equals(layers.hash());
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
    Optional<FolderRecord> found = ofInstance(instance, folder -> record(instance, folder));
    if (found.filter(record -> !record.layers().equals(layers.hash())).isEmpty()) {
      return;
    }
    FolderRecord record = found.get();
    if (record.content() == null || !content.get().equals(Optional.of(record.content()))) {
      throw new RefusedException(
          AgentReason.IMAGE_LAYERS_CHANGED,
          "the container has another image under the name "
              + record.image()
              + " than its file system was made from");
    }
  }

  /**
   * The root of an instance's mounted file system, if it is mounted with all its layers and this
   * instance's.
   */
  public Optional<Fd> mounted(Instance instance) {
    return ofInstance(
        instance,
        folder ->
            record(instance, folder)
                .filter(this::hasItsLayers)
                .flatMap(record -> folders.mountedRoot(folder)));
  }

  /**
   * The root of an instance's mounted file system, also when layers of it are gone: processes may
   * live there all the same.
   */
  public Optional<Fd> inhabited(Instance instance) {
    return ofInstance(
        instance,
        folder -> record(instance, folder).flatMap(record -> folders.mountedRoot(folder)));
  }

  /** Agents that were before didn't note the folders. */
  private boolean hasItsLayers(FolderRecord record) {
    return record.lower() == null || lower.areThere(record.lower());
  }

  /**
   * Whether the instance's file system is mounted and all is done that belongs to that: an agent
   * may have been killed before it made the mount private.
   */
  public boolean isDone(Instance instance) {
    return ofInstance(
            instance,
            folder ->
                record(instance, folder)
                    .filter(this::hasItsLayers)
                    .filter(record -> takeUp(folder)))
        .isPresent();
  }

  private boolean takeUp(Fd folder) {
    Optional<Fd> root = folders.mountedRoot(folder);
    if (root.isEmpty()) {
      return false;
    }
    root.get().close();
    thread.call(
        "take-up",
        () -> {
          linux.setnsMount(node.mountNamespace());
          makePrivate(folder);
          return null;
        });
    return true;
  }

  private <T> Optional<T> ofInstance(Instance instance, Function<Fd, Optional<T>> look) {
    Optional<Fd> found = folders.find(InstanceFolders.Place.of(instance));
    if (found.isEmpty()) {
      return Optional.empty();
    }
    try (Fd folder = found.get()) {
      return look.apply(folder);
    }
  }

  /** What instance.json says, if it is this instance's. */
  private Optional<FolderRecord> record(Instance instance, Fd folder) {
    return folders
        .record(folder, instance.folder())
        .filter(record -> record.uid().equals(instance.uid()));
  }

  /** A folder of another UID belonged to an instance of the same name, and may be wanted again. */
  private void setAsideOther(InstanceFolders.Place place, Instance instance) {
    folders
        .record(place)
        .map(FolderRecord::uid)
        .filter(uid -> !uid.equals(instance.uid()))
        .ifPresent(
            uid ->
                orphans.setAside(
                    place, uid, "another instance has its name: " + instance.uid(), other -> true));
  }

  /** Says whose the folder is before anything is put there. */
  private void begin(Instance instance, Fd folder, ImageLayers layers) {
    if (!folders.isEmpty(folder)) {
      throw new RefusedException(
          AgentReason.UNKNOWN_FOLDER,
          Names.toText(instance.folder())
              + " holds files and no "
              + InstanceFolders.RECORD
              + ": move it away");
    }
    folders.writeRecord(
        folder,
        new FolderRecord(
            FolderRecord.VERSION,
            instance.uid(),
            layers.hash(),
            instance.image(),
            null,
            lower.inodes(layers),
            null,
            null));
  }

  private void mountOverlay(Instance instance, Fd folder, ImageLayers layers) {
    String path = instance.folder();
    String upper = path + "/" + InstanceFolders.UPPER;
    String work = path + "/" + InstanceFolders.WORK;
    String target = path + "/" + InstanceFolders.ROOTFS;
    String options = OverlayOptions.forMount(layers, upper, work);
    try {
      if (options.getBytes(ISO_8859_1).length <= OverlayOptions.MOST_BYTES) {
        linux.mount("overlay", target, "overlay", 0, options);
      } else {
        mountManyLayers(folder, layers, upper, work);
      }
    } catch (SyscallException e) {
      // The kernel tells why only in its log; that upper must be able to carry xattrs, whiteouts
      // and be no overlay itself is what users meet.
      if (e.is(Errno.EINVAL, Errno.EOPNOTSUPP)) {
        throw new RefusedException(
            AgentReason.UNSUPPORTED_FILE_SYSTEM,
            "the file system at "
                + instance.hostPathPrefix()
                + " can't carry the upper layer of an overlay: put a volume of ext4, xfs or btrfs"
                + " there");
      }
      throw e;
    }
    makePrivate(folder);
    try (Fd root =
        linux.openat2(folder, InstanceFolders.ROOTFS, Linux.O_PATH, 0, Linux.RESOLVE_STRICT)) {
      occupants.areNone(linux.stat(root).dev());
    }
  }

  /** Mounted below a shared mount it is shared, and what is mounted on it later would spread. */
  private void makePrivate(Fd folder) {
    try (Fd root =
        linux.openat2(folder, InstanceFolders.ROOTFS, Linux.O_PATH, 0, Linux.RESOLVE_STRICT)) {
      linux.mountSetattr(root, false, 0, Linux.MS_PRIVATE);
    }
  }

  /** For more layers than one page of options holds: they are added one by one. */
  private void mountManyLayers(Fd folder, ImageLayers layers, String upper, String work) {
    try (Fd context = linux.fsopen("overlay");
        Fd target =
            linux.openat2(folder, InstanceFolders.ROOTFS, Linux.O_PATH, 0, Linux.RESOLVE_STRICT)) {
      linux.fsconfigString(context, "source", "overlay");
      linux.fsconfigString(context, "index", "off");
      for (String layer : layers.folders()) {
        linux.fsconfigString(context, "lowerdir+", layer);
      }
      linux.fsconfigString(context, "upperdir", upper);
      linux.fsconfigString(context, "workdir", work);
      linux.fsconfigCreate(context);
      try (Fd mount = linux.fsmount(context)) {
        linux.moveMount(mount, target);
      }
    }
  }
}
