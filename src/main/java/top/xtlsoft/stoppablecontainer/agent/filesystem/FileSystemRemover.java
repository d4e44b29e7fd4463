package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.util.Optional;
import jnr.constants.platform.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.NamespaceThread;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.PodProcesses;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * Takes an instance's file system off the node: unmounts it, then removes its folder. Each step may
 * run twice.
 */
public final class FileSystemRemover {

  private static final Logger LOG = LoggerFactory.getLogger(FileSystemRemover.class);
  private static final int MAX_STACKED_MOUNTS = 64;

  private final LinuxSyscalls linux;
  private final Node node;
  private final FileSystemStore store;
  private final NamespaceThread thread;
  private final PodProcesses processes;
  private final FolderEmptier emptier;
  private final DiskImages disks;

  public FileSystemRemover(LinuxSyscalls linux, Node node, FileSystemStore store) {
    this.linux = linux;
    this.node = node;
    this.store = store;
    this.thread = new NamespaceThread(linux);
    this.processes = new PodProcesses(linux);
    this.emptier = new FolderEmptier(linux);
    this.disks = new DiskImages(linux, node);
  }

  /**
   * Unmounts and removes what lies there; nothing there is fine.
   *
   * @throws NotYetException while a process of a pod lives in it: a pod that was deleted by force
   *     is gone from the API before it has ended
   */
  public void remove(Place place) {
    try (InstanceFolder folder = store.find(place).orElse(null)) {
      if (folder != null) {
        unmountAll(folder);
        emptier.empty(folder.fd());
      }
    }
    store.removeIfEmpty(place);
  }

  /**
   * Unmounts the file system of an instance's folder and its disk image, where they are mounted.
   *
   * @throws NotYetException while a process of a pod lives in it
   */
  void unmountAll(InstanceFolder folder) {
    unmount(folder);
    disks.unmount(folder);
  }

  /**
   * Unmounts the file system of an instance's folder, if it is mounted.
   *
   * @throws NotYetException while a process of a pod lives in it
   */
  void unmount(InstanceFolder folder) {
    if (hasMount(folder)) {
      requireNoPod(folder);
      unmount(folder, true);
    }
  }

  /**
   * Unmounts the file system of an instance's folder, if it is mounted and not in use at all: what
   * is detached only may still be written to.
   *
   * @throws NotYetException while a process of a pod lives in it
   * @throws RefusedException InUse while a program of the node uses it
   */
  void unmountUnused(InstanceFolder folder) {
    if (hasMount(folder)) {
      requireNoPod(folder);
      unmount(folder, false);
    }
  }

  private boolean hasMount(InstanceFolder folder) {
    try (Fd rootfs = folder.rootfs().orElse(null)) {
      return rootfs != null && linux.stat(rootfs).mountRoot();
    }
  }

  /** Its containers have mounts of their own, so that to unmount the node's would not be busy. */
  private void requireNoPod(InstanceFolder folder) {
    try (Fd root = folder.mountedRoot().orElse(null)) {
      Optional<Integer> pid =
          root == null ? Optional.empty() : processes.onDevice(linux.stat(root).dev());
      if (pid.isPresent()) {
        LOG.info("Unmount waits for a process: pid={} folder={}", pid.get(), folder.place());
        throw NotYetException.untilRetry("a process of a pod still lives in the file system");
      }
    }
  }

  private void unmount(InstanceFolder folder, boolean detach) {
    thread.call(
        "unmount",
        () -> {
          linux.setnsMount(node.mountNamespace());
          linux.fchdir(folder.fd());
          for (int i = 0; i < MAX_STACKED_MOUNTS && unmountOne(folder, detach); i++) {
            LOG.info("File system unmounted: folder={}", folder.place());
          }
          return null;
        });
  }

  /** Unmounts the topmost mount at rootfs; false when there is none. */
  private boolean unmountOne(InstanceFolder folder, boolean detach) {
    if (!hasMount(folder)) {
      return false;
    }
    try (Fd rootfs = folder.rootfs().orElseThrow()) {
      // Anything below that shares a peer group would be unmounted in the node's own tree as well.
      linux.mountSetattr(rootfs, true, 0, Linux.MS_PRIVATE);
    }
    try {
      linux.umount(InstanceFolder.ROOTFS, 0);
    } catch (SyscallException e) {
      if (!e.is(Errno.EBUSY)) {
        throw e;
      }
      if (!detach) {
        throw new RefusedException(
            AgentReason.IN_USE, "a program of the node uses the file system: leave its rootfs");
      }
      LOG.warn("File system is in use, detaching it: folder={}", folder.place());
      linux.umount(InstanceFolder.ROOTFS, Linux.MNT_DETACH);
    }
    return true;
  }
}
