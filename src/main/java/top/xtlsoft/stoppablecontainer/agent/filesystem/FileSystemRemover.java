package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.util.Optional;
import jnr.constants.platform.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.NamespaceThread;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.PodProcesses;

/**
 * Takes an instance's file system off the node: unmounts it, then removes its folder. Each step may
 * run twice.
 */
public final class FileSystemRemover {

  private static final Logger LOG = LoggerFactory.getLogger(FileSystemRemover.class);
  private static final int MOST_STACKED_MOUNTS = 64;

  private final LinuxSyscalls linux;
  private final Node node;
  private final InstanceFolders folders;
  private final NamespaceThread thread;
  private final PodProcesses processes;
  private final FolderEmptier emptier;

  public FileSystemRemover(LinuxSyscalls linux, Node node, InstanceFolders folders) {
    this.linux = linux;
    this.node = node;
    this.folders = folders;
    this.thread = new NamespaceThread(linux);
    this.processes = new PodProcesses(linux);
    this.emptier = new FolderEmptier(linux);
  }

  /**
   * Unmounts and removes what lies there; nothing there is fine.
   *
   * @throws NotYetException while a process of a pod lives in it: a pod that was deleted by force
   *     is gone from the API before it has ended
   */
  public void remove(InstanceFolders.Place place) {
    Optional<Fd> prefix = folders.openPrefix(place.prefix());
    if (prefix.isEmpty()) {
      return;
    }
    try (Fd prefixFd = prefix.get()) {
      Optional<Fd> namespace = folders.openFolder(prefixFd, place.namespace());
      if (namespace.isEmpty()) {
        return;
      }
      try (Fd namespaceFd = namespace.get()) {
        Optional<Fd> folder = folders.openFolder(namespaceFd, place.name());
        if (folder.isPresent()) {
          try (Fd folderFd = folder.get()) {
            unmount(folderFd, place.path());
            emptier.empty(folderFd);
          }
          folders.removeIfEmpty(namespaceFd, place.name());
        }
      }
      folders.removeIfEmpty(prefixFd, place.namespace());
    }
  }

  /**
   * Unmounts the file system of an instance's folder, if it is mounted.
   *
   * @throws NotYetException while a process of a pod lives in it
   */
  void unmount(Fd folder, String path) {
    if (hasMount(folder)) {
      requireNoPod(folder, path);
      unmountAll(folder, path);
    }
  }

  private boolean hasMount(Fd folder) {
    Optional<Fd> rootfs = folders.openFolder(folder, InstanceFolders.ROOTFS);
    if (rootfs.isEmpty()) {
      return false;
    }
    try (Fd fd = rootfs.get()) {
      return linux.stat(fd).mountRoot();
    }
  }

  /** Its containers have mounts of their own, so that to unmount the node's would not be busy. */
  private void requireNoPod(Fd folder, String path) {
    Optional<Fd> root = folders.mountedRoot(folder);
    if (root.isEmpty()) {
      return;
    }
    try (Fd fd = root.get()) {
      Optional<Integer> pid = processes.onDevice(linux.stat(fd).dev());
      if (pid.isPresent()) {
        LOG.info("Process {} of a pod still lives in {}, waiting for its end", pid.get(), path);
        throw NotYetException.untilRetry("a process of a pod still lives in the file system");
      }
    }
  }

  private void unmountAll(Fd folder, String path) {
    thread.call(
        "unmount",
        () -> {
          linux.setnsMount(node.mountNamespace());
          linux.fchdir(folder);
          for (int i = 0; i < MOST_STACKED_MOUNTS && unmountOne(folder, path); i++) {
            LOG.info("Unmounted {}/{}", path, InstanceFolders.ROOTFS);
          }
          return null;
        });
  }

  /** Unmounts the topmost mount at rootfs; false when there is none. */
  private boolean unmountOne(Fd folder, String path) {
    if (!hasMount(folder)) {
      return false;
    }
    try (Fd fd = folders.openFolder(folder, InstanceFolders.ROOTFS).orElseThrow()) {
      // Anything below that shares a peer group would be unmounted in the node's own tree as well.
      linux.mountSetattr(fd, true, 0, Linux.MS_PRIVATE);
    }
    try {
      linux.umount(InstanceFolders.ROOTFS, 0);
    } catch (SyscallException e) {
      if (!e.is(Errno.EBUSY)) {
        throw e;
      }
      LOG.warn("{}/{} is still in use, detaching it", path, InstanceFolders.ROOTFS);
      linux.umount(InstanceFolders.ROOTFS, Linux.MNT_DETACH);
    }
    return true;
  }
}
