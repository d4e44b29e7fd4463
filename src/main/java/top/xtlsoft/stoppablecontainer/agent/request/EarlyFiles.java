package top.xtlsoft.stoppablecontainer.agent.request;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemMounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.VolumeFiles;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentEvents;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.NamespaceThread;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.LeftRoot;
import top.xtlsoft.stoppablecontainer.agent.process.MountEntry;
import top.xtlsoft.stoppablecontainer.agent.process.OldRoot;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;

/**
 * Keeps what early processes (an early {@code kubectl exec}) wrote with success: into folders that
 * the image calls VOLUME. All else of the first root is read-only.
 */
public final class EarlyFiles {

  private static final Logger LOG = LoggerFactory.getLogger(EarlyFiles.class);

  /** Reason of the event for files that are not where they were written. */
  static final String BESIDE = "EarlyFilesBeside";

  /** Reason of the event for files that are not kept. */
  static final String LOST = "EarlyFilesLost";

  private static final int MOST_ATTEMPTS = 3;
  private static final int CONTAINER_ID_DIGITS = 12;

  private final LinuxSyscalls linux;
  private final Node node;
  private final FileSystemStore store;
  private final FileSystemMounter mounter;
  private final AgentInstances instances;
  private final AgentEvents events;
  private final NamespaceThread thread;
  private final Map<String, Early> early = new ConcurrentHashMap<>();

  /**
   * What is kept for one container.
   *
   * @param users of its pod, for whom the file system is mounted
   */
  private record Early(
      Instance instance, UserNamespace users, OldRoot oldRoot, VolumeFiles files) {}

  public EarlyFiles(
      LinuxSyscalls linux,
      Node node,
      FileSystemStore store,
      FileSystemMounter mounter,
      AgentInstances instances,
      AgentEvents events) {
    this.linux = linux;
    this.node = node;
    this.store = store;
    this.mounter = mounter;
    this.instances = instances;
    this.events = events;
    this.thread = new NamespaceThread(linux);
  }

  /**
   * Keeps what was written up to the attach, before the container's first process goes on. What
   * processes write until they are ended is for {@link #keep}, and so is what fails here.
   *
   * @param firstRoot the mount of that root
   * @param rootfs root of the file system
   * @param users of the pod, for whom it is mounted
   */
  void begin(
      LeftRoot left,
      @Nullable MountEntry firstRoot,
      Instance instance,
      Fd rootfs,
      UserNamespace users) {
    if (left.oldRoot().volumes().isEmpty() || firstRoot == null) {
      return;
    }
    String container = left.containerId().substring(0, CONTAINER_ID_DIGITS);
    VolumeFiles files = new VolumeFiles(linux, node, left.oldRoot(), firstRoot, container);
    Early its = new Early(instance, users, left.oldRoot(), files);
    if (early.put(left.podKey(), its) != null) {
      LOG.info("Container started again before all early files were kept");
    }
    try {
      copy(its, rootfs, VolumeFiles.Limit.BEFORE_START);
    } catch (SyscallException | VolumeFiles.NotCopiedException e) {
      LOG.info("Early files not kept at once, trying again: error={}", e.getMessage());
    }
  }

  /**
   * Keeps the rest, when no process is left that could write more, and reports to the user what is
   * not where it was written.
   */
  public void keep(LeftRoot left) {
    Early its = early.get(left.podKey());
    if (its == null || its.oldRoot != left.oldRoot()) {
      LOG.debug("Container has no folder for early files");
      return;
    }
    failure(its)
        .ifPresent(
            why -> {
              LOG.warn("Early files lost: error={}", why);
              String note =
                  "What was written into a VOLUME folder of the image before the file system was"
                      + " attached is lost: "
                      + why;
              resource(its).ifPresent(resource -> events.warnOwner(resource, LOST, note));
            });
    if (its.files.beside() > 0) {
      String note =
          "Files that were written before the file system was attached are in the folder %s of their"
              + " VOLUME folder, as there are others of their names: %d";
      String all = note.formatted(its.files.folderBeside(), its.files.beside());
      resource(its).ifPresent(resource -> events.ofOwner(resource, BESIDE, all));
    }
    if (its.files.copied() + its.files.beside() > 0) {
      LOG.info("Early files kept: files={}, beside={}", its.files.copied(), its.files.beside());
    }
    early.remove(left.podKey(), its);
  }

  /** Why not all is kept, after some attempts: the program may be changing the same folders. */
  private Optional<String> failure(Early its) {
    Optional<String> failure = Optional.empty();
    for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      try {
        store
            .locks()
            .together(
                store.placeOf(its.instance),
                () -> {
                  mounter
                      .mounted(its.instance, its.users)
                      .ifPresent(rootfs -> copyAndClose(its, rootfs));
                  return its;
                });
        return Optional.empty();
      } catch (SyscallException | VolumeFiles.NotCopiedException e) {
        failure = Optional.of(String.valueOf(e.getMessage()));
      }
    }
    return failure;
  }

  private void copyAndClose(Early its, Fd rootfs) {
    try (rootfs) {
      copy(its, rootfs, VolumeFiles.Limit.AFTER_START);
    }
  }

  private void copy(Early its, Fd rootfs, VolumeFiles.Limit limit) {
    its.oldRoot.whileOpen(
        () -> {
          if (its.users.isNodes()) {
            its.files.copy(rootfs, limit);
          } else {
            thread.call("early-files", () -> copyAsTheirs(its, rootfs, limit));
          }
        });
  }

  /** Where owners are mapped, the kernel lets only users of the map make files. */
  private boolean copyAsTheirs(Early its, Fd rootfs, VolumeFiles.Limit limit) {
    linux.setFileSystemUser(its.users.firstUid(), its.users.firstGid());
    its.files.copy(rootfs, limit);
    return true;
  }

  private Optional<StoppableContainerInstance> resource(Early its) {
    return instances.cached(its.instance.key());
  }
}
