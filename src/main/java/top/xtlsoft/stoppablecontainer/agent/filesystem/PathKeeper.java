package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_IN_ROOT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_XDEV;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_STRICT;

import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import jnr.constants.platform.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FolderRecord;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.linux.NamespaceThread;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * Carries files and folders over a restore: it makes a frozen layer that has them alone, as the
 * overlay of the state before shows them, to lie on what the restore gives.
 *
 * <p>No record names the layer until it is complete and on the disk. So a restore that is cut off
 * changes nothing, and {@link LayerCollector} removes what an agent that was killed has left.
 */
final class PathKeeper {

  private static final Logger LOG = LoggerFactory.getLogger(PathKeeper.class);

  private static final long RESOLVE = RESOLVE_STRICT | RESOLVE_NO_XDEV;

  private final LinuxSyscalls linux;
  private final Node node;
  private final FileSystemStore store;
  private final FileSystemRemover remover;
  private final LayerStacks stacks;
  private final LayerFolders image;
  private final NamespaceThread thread;

  /** Trees can be large, and jobs of other instances need the workers. */
  private final ReentrantLock busy = new ReentrantLock();

  PathKeeper(
      LinuxSyscalls linux,
      Node node,
      FileSystemStore store,
      FileSystemRemover remover,
      LayerStacks stacks) {
    this.linux = linux;
    this.node = node;
    this.store = store;
    this.remover = remover;
    this.stacks = stacks;
    this.image = new LayerFolders(linux, node);
    this.thread = new NamespaceThread(linux);
  }

  /**
   * Makes a layer of what the paths show. The file system is not mounted, and all that it has is
   * frozen: its upper folder is empty.
   *
   * @param paths absolute; none lies in another one
   * @param before the record of the folder as it is
   * @param next its record after the restore
   * @param lay makes an upper folder that looks like the root of that
   * @return the record after the restore, with that layer
   * @throws RefusedException PathNotKept, ImageLayersChanged, StackTooLong or NotEnoughSpace:
   *     nothing is changed
   * @throws NotYetException while the agent does the same for another instance
   */
  FolderRecord keep(
      List<String> paths,
      InstanceFolder folder,
      FolderRecord before,
      FolderRecord next,
      Consumer<InstanceFolder> lay) {
    if (paths.isEmpty()) {
      return next;
    }
    requireNamesThatStay(before);
    requireNamesThatStay(next);
    requireImage(before);
    String id = UUID.randomUUID().toString();
    FolderRecord with = next.under(id);
    stacks.requireMountable(folder, next, with.stack());
    if (!busy.tryLock()) {
      throw NotYetException.untilRetry("the files of another restore are being kept");
    }
    try {
      make(store.layer(folder.place(), id), paths, folder, before, next, lay);
    } finally {
      busy.unlock();
    }
    return with;
  }

  /** A name that stands for another one is of no use without the layers below. */
  private static void requireNamesThatStay(FolderRecord record) {
    if (!OverlayOptions.keepFilesAtTheirNames(record.options())) {
      throw notKept(
          "the file system was made by an earlier version with redirect_dir or metacopy, which"
              + " keeps files at other names");
    }
  }

  private void requireImage(FolderRecord before) {
    if (before.lower() == null || !image.areThere(before.lower())) {
      throw new RefusedException(
          AgentReason.IMAGE_LAYERS_CHANGED,
          "the layers of "
              + before.image()
              + " are not on the node any more, and paths that are to be kept show files of them:"
              + " delete the restore, and start the container once before the next one");
    }
  }

  static RefusedException notKept(String why) {
    return new RefusedException(AgentReason.PATH_NOT_KEPT, why);
  }

  private void make(
      Place place,
      List<String> paths,
      InstanceFolder folder,
      FolderRecord before,
      FolderRecord next,
      Consumer<InstanceFolder> lay) {
    try (InstanceFolder layer = store.make(place)) {
      lay.accept(layer);
      layer.makeWork();
      fill(layer, paths, folder, before, next);
      layer.sync();
    } catch (RuntimeException e) {
      drop(place, e);
      throw e instanceof SyscallException failure && failure.is(Errno.ENOSPC, Errno.EDQUOT)
          ? new RefusedException(
              AgentReason.NOT_ENOUGH_SPACE, "the node's disk has no room for what is to be kept")
          : e;
    }
    store.settle(place);
  }

  private void drop(Place place, RuntimeException why) {
    try {
      remover.remove(place);
    } catch (RuntimeException e) {
      why.addSuppressed(e);
    }
  }

  private void fill(
      InstanceFolder layer,
      List<String> paths,
      InstanceFolder folder,
      FolderRecord before,
      FolderRecord next) {
    // The last layer took the work folder along.
    folder.makeMountFolders();
    String mountPoint = folder.rootfsPath();
    try (Fd upper = layer.upper().orElseThrow();
        Fd top = linux.openat(upper, ".", O_RDONLY | O_DIRECTORY, 0);
        LowerFolders frozen = stacks.lower(folder.place(), before, List.of());
        KeptTree tree = new KeptTree(linux, layer, top, folders(frozen))) {
      look(layer, next, mountPoint, root -> paths.forEach(path -> tree.lead(root, path)));
      look(folder, before, mountPoint, root -> paths.forEach(path -> tree.link(root, path)));
      if (tree.hasRest()) {
        look(layer, before, mountPoint, root -> paths.forEach(path -> tree.copy(root, path)));
      }
      tree.seal();
      LOG.info(
          "Paths kept: folder={} layer={} paths={} names={} copied={}",
          folder.place(),
          layer.place().name(),
          paths.size(),
          tree.names(),
          tree.copied());
    }
  }

  private List<Fd> folders(LowerFolders frozen) {
    return frozen.folders().stream().map(this::open).toList();
  }

  /** Only files below the same mount can be linked; those of a disk image are looked up alone. */
  private Fd open(LowerFolders.Folder folder) {
    return folder.disk() == null
        ? linux.openat2(
            node.root(),
            Names.beneathRoot(folder.path()),
            O_RDONLY | O_DIRECTORY,
            0,
            RESOLVE_IN_ROOT)
        : linux.openat2(folder.disk(), InstanceFolder.UPPER, O_RDONLY | O_DIRECTORY, 0, RESOLVE);
  }

  /** Looks at the overlay of a record, which has no place on the node. */
  private void look(
      InstanceFolder upper, FolderRecord record, String mountPoint, Consumer<Fd> look) {
    try (LowerFolders lower =
            stacks.lower(upper.place(), record, Objects.requireNonNull(record.lower()).keySet());
        Fd root =
            thread.call(
                "look",
                () -> {
                  try (LayerMounts layers = LayerMounts.of(linux, node, upper, lower, null)) {
                    return layers.mount(OverlayOptions.of(record.options()), mountPoint, null);
                  }
                })) {
      look.accept(root);
    }
  }
}
