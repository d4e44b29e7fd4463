package top.xtlsoft.stoppablecontainer.agent.filesystem.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * Keeps file systems on the node's own disks, at {@code <prefix>/<namespace>/<name>}. On the same
 * disk, below the same prefix and in a folder of the same namespace, lie what is set aside ({@code
 * .orphans/<namespace>/<name>_<uid>}), frozen layers ({@code .layers/<namespace>/<id>}), snapshots
 * ({@code .snapshots/<namespace>/<name>_<uid>}) and layers that are being removed ({@code
 * .removed/<namespace>/<id>}).
 */
public final class HostFolderStore implements FileSystemStore {

  // Below a prefix; no namespace begins with a dot.
  private static final String ASIDE = "/.orphans";
  private static final String LAYERS = "/.layers";
  private static final String SNAPSHOTS = "/.snapshots";
  private static final String REMOVED = "/.removed";

  private final LinuxSyscalls linux;
  private final Node node;
  private final StorageSettings settings;
  private final PlainFolders folders;
  private final InstanceLocks locks = new InstanceLocks();

  public HostFolderStore(LinuxSyscalls linux, Node node, StorageSettings settings) {
    this.linux = linux;
    this.node = node;
    this.settings = settings;
    this.folders = new PlainFolders(linux);
  }

  @Override
  public boolean allows(Instance instance) {
    return settings.allows(instance.storage());
  }

  @Override
  public Place placeOf(Instance instance) {
    return new Place(instance.storage().hostPathPrefix(), instance.namespace(), instance.name());
  }

  @Override
  public Optional<InstanceFolder> find(Place place) {
    try (Fd root = folders.openPath(node.root(), place.root()).orElse(null)) {
      return root == null
          ? Optional.empty()
          : folders.open(root, place.namespace() + "/" + place.name()).map(fd -> open(place, fd));
    }
  }

  @Override
  public InstanceFolder make(Instance instance) {
    return make(placeOf(instance));
  }

  @Override
  public InstanceFolder make(Place place) {
    try (Fd root = folders.makePath(node.root(), place.root());
        Fd namespace = folders.make(root, place.namespace())) {
      return open(place, folders.make(namespace, place.name()));
    }
  }

  private InstanceFolder open(Place place, Fd fd) {
    return new InstanceFolder(linux, place, fd);
  }

  @Override
  public List<Place> list() {
    return settings.hostPathPrefixes().stream().flatMap(root -> below(root).stream()).toList();
  }

  @Override
  public Place placeAside(Place place, String uid) {
    return new Place(place.root() + ASIDE, place.namespace(), nameAside(place.name(), uid));
  }

  @Override
  public List<Place> listAside() {
    return settings.hostPathPrefixes().stream()
        .flatMap(root -> below(root + ASIDE).stream())
        .toList();
  }

  @Override
  public List<Place> listAside(Instance instance, String uid) {
    String end = nameAside("", uid);
    return below(instance.storage().hostPathPrefix() + ASIDE, instance.namespace()).stream()
        .filter(place -> place.name().endsWith(end))
        .toList();
  }

  private static String nameAside(String name, String uid) {
    if (!uid.matches("[A-Za-z0-9-]{1,63}")) {
      throw new RefusedException(AgentReason.UNKNOWN_FOLDER, "not a UID: " + uid);
    }
    return name + "_" + uid;
  }

  @Override
  public void settle(Place place) {
    try (Fd root = folders.openPath(node.root(), place.root()).orElseThrow();
        Fd prefix = folders.openPath(node.root(), prefixOf(place)).orElseThrow();
        Fd namespace = folders.open(root, place.namespace()).orElseThrow()) {
      List.of(namespace, root, prefix).forEach(folders::fsync);
    }
  }

  /** The administrator's folder that a place lies below. */
  private String prefixOf(Place place) {
    String root = place.root();
    if (settings.hostPathPrefixes().contains(root)) {
      return root;
    }
    return Stream.of(ASIDE, LAYERS, SNAPSHOTS, REMOVED)
        .filter(root::endsWith)
        .map(folder -> root.substring(0, root.length() - folder.length()))
        .findFirst()
        .orElse(root);
  }

  private Place below(Place of, String folder, String name) {
    return new Place(prefixOf(of) + folder, of.namespace(), name);
  }

  private List<Place> allBelow(Place of, String folder) {
    return below(prefixOf(of) + folder, of.namespace());
  }

  @Override
  public Place layer(Place of, String id) {
    return below(of, LAYERS, id);
  }

  @Override
  public List<Place> listLayers(Place of) {
    return allBelow(of, LAYERS);
  }

  @Override
  public List<Place> listLayered() {
    return settings.hostPathPrefixes().stream()
        .flatMap(prefix -> Stream.of(LAYERS, REMOVED).flatMap(folder -> namespaces(prefix, folder)))
        .distinct()
        .toList();
  }

  private Stream<Place> namespaces(String prefix, String folder) {
    try (Fd root = folders.openPath(node.root(), prefix + folder).orElse(null)) {
      return root == null
          ? Stream.empty()
          : names(root).stream()
              .map(namespace -> new Place(prefix + LAYERS, namespace, ALL_LAYERS));
    }
  }

  @Override
  public Place snapshot(Place of, String name, String uid) {
    return below(of, SNAPSHOTS, nameAside(name, uid));
  }

  @Override
  public List<Place> listSnapshots() {
    return settings.hostPathPrefixes().stream()
        .flatMap(root -> below(root + SNAPSHOTS).stream())
        .toList();
  }

  @Override
  public List<Place> listSnapshots(Place of) {
    return allBelow(of, SNAPSHOTS);
  }

  @Override
  public List<Place> listStacks(Place of) {
    return Stream.of("", SNAPSHOTS, ASIDE)
        .flatMap(folder -> allBelow(of, folder).stream())
        .toList();
  }

  @Override
  public Place removed(Place layer) {
    return below(layer, REMOVED, layer.name());
  }

  @Override
  public List<Place> listRemoved(Place of) {
    return allBelow(of, REMOVED);
  }

  private List<Place> below(String path) {
    try (Fd root = folders.openPath(node.root(), path).orElse(null)) {
      return root == null
          ? List.of()
          : names(root).stream().flatMap(namespace -> below(path, namespace).stream()).toList();
    }
  }

  private List<Place> below(String path, String namespace) {
    List<Place> places = new ArrayList<>();
    try (Fd root = folders.openPath(node.root(), path).orElse(null);
        Fd inner = root == null ? null : folders.open(root, namespace).orElse(null)) {
      if (inner != null) {
        names(inner).stream()
            .filter(name -> folders.isFolder(inner, name))
            .map(name -> new Place(path, namespace, name))
            .forEach(places::add);
      }
    }
    return places;
  }

  /** Names that an instance's folder can have, or that of its namespace. */
  private List<String> names(Fd dir) {
    return folders.names(dir).stream().filter(name -> !name.startsWith(".")).toList();
  }

  @Override
  public void removeIfEmpty(Place place) {
    try (Fd root = folders.openPath(node.root(), place.root()).orElse(null);
        Fd namespace = root == null ? null : folders.open(root, place.namespace()).orElse(null)) {
      if (root == null || namespace == null) {
        return;
      }
      try (InstanceFolder folder =
          folders.open(namespace, place.name()).map(fd -> open(place, fd)).orElse(null)) {
        if (folder != null && folder.isEmpty()) {
          folders.removeFile(folder.fd(), InstanceFolder.RECORD + InstanceFolder.DRAFT);
        }
      }
      folders.removeIfEmpty(namespace, place.name());
      folders.removeIfEmpty(root, place.namespace());
    }
  }

  @Override
  public void move(Place from, Place to) {
    try (Fd fromRoot = folders.makePath(node.root(), from.root());
        Fd fromNamespace = folders.make(fromRoot, from.namespace());
        Fd toRoot = folders.makePath(node.root(), to.root());
        Fd toNamespace = folders.make(toRoot, to.namespace())) {
      linux.renameToNew(fromNamespace, from.name(), toNamespace, to.name());
      for (Fd changed : List.of(toNamespace, toRoot, fromNamespace)) {
        folders.fsync(changed);
      }
      folders.removeIfEmpty(fromRoot, from.namespace());
    }
  }

  @Override
  public InstanceLocks locks() {
    return locks;
  }
}
