package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_NOFOLLOW;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import jnr.constants.platform.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
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
  private static final int MOST_NAMES = 10_000;
  private static final int MOST_STACKED_MOUNTS = 64;

  /** Folders deeper than this are moved up before they are emptied, to hold few descriptors. */
  private static final int MOST_DEPTH = 256;

  private final LinuxSyscalls linux;
  private final Node node;
  private final InstanceFolders folders;
  private final NamespaceThread thread;
  private final PodProcesses processes;

  public FileSystemRemover(LinuxSyscalls linux, Node node, InstanceFolders folders) {
    this.linux = linux;
    this.node = node;
    this.folders = folders;
    this.thread = new NamespaceThread(linux);
    this.processes = new PodProcesses(linux);
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
            removeTree(folderFd);
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
    requireNoPod(folder, path);
    unmountAll(folder, path);
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
    Optional<Fd> rootfs = folders.openFolder(folder, InstanceFolders.ROOTFS);
    if (rootfs.isEmpty()) {
      return false;
    }
    try (Fd fd = rootfs.get()) {
      if (!linux.stat(fd).mountRoot()) {
        return false;
      }
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

  /**
   * Empties a folder: what was written by containers, so nothing in it is trusted. Only names
   * relative to an open folder are used, no symlink is followed, and a folder on another device (a
   * mount) is not entered.
   */
  private void removeTree(Fd top) {
    FileStatus status = linux.stat(top);
    Deque<Level> path = new ArrayDeque<>();
    path.push(open(top, "", status));
    int moved = 0;
    while (true) {
      Level level = path.peek();
      if (level.names.isEmpty() && !level.refill(linux)) {
        path.pop().fd.close();
        if (path.isEmpty()) {
          return;
        }
        linux.unlinkat(path.peek().fd, level.name, true);
        continue;
      }
      String name = level.names.removeLast();
      if (unlinked(level.fd, name)) {
        continue;
      }
      if (path.size() > MOST_DEPTH) {
        linux.renameat(level.fd, name, top, ".deep." + moved++ + "." + level.status.ino());
        continue;
      }
      path.push(enter(level, name));
    }
  }

  private Level enter(Level above, String name) {
    try (Fd fd = linux.openat(above.fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0)) {
      FileStatus status = linux.stat(fd);
      if (status.dev() != above.status.dev() || status.mountId() != above.status.mountId()) {
        throw new IllegalStateException(
            "something is mounted in the instance's folder, on " + name + ": unmount it");
      }
      return open(fd, name, status);
    }
  }

  private Level open(Fd fd, String name, FileStatus status) {
    return new Level(
        linux.openat(fd, ".", O_RDONLY | O_DIRECTORY, 0), name, status, new ArrayList<>());
  }

  /** Removes what is no folder; false for a folder. */
  private boolean unlinked(Fd dir, String name) {
    try {
      linux.unlinkat(dir, name, false);
      return true;
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return true;
      }
      if (e.is(Errno.EISDIR, Errno.EPERM)) {
        return false;
      }
      throw e;
    }
  }

  private record Level(Fd fd, String name, FileStatus status, List<String> names) {

    /** Lists what is (still) there; false when the folder is empty. */
    boolean refill(LinuxSyscalls linux) {
      // A fresh descriptor: what was removed meanwhile makes offsets of an old one meaningless.
      try (Fd fresh = linux.openat(fd, ".", O_RDONLY | O_DIRECTORY, 0)) {
        names.addAll(linux.list(fresh, MOST_NAMES));
      }
      // Cut in half, the folder must still tell whose it was: its record goes last.
      if (name.isEmpty() && names.size() > 1) {
        names.remove(InstanceFolders.RECORD);
      }
      return !names.isEmpty();
    }
  }
}
