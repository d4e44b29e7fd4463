package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * The folders of an overlay, as mounts that map the owners of all files into a pod's user
 * namespace: on the disk the files keep their owners, and user 0 of the pod owns those of user 0.
 * An overlay itself can't be mapped, its layers can (Linux 5.19, kernel's
 * Documentation/filesystems/overlayfs.rst). The mounts are detached and end with this object.
 *
 * <p>All methods are called on a {@link
 * top.xtlsoft.stoppablecontainer.agent.linux.NamespaceThread}.
 */
final class IdmappedLayers implements AutoCloseable {

  private static final String FOLDER = "folder";
  private static final String MERGED = "merged";

  private final LinuxSyscalls linux;
  private final Node node;
  private final Fd folder;
  private final List<Fd> lower;

  private IdmappedLayers(LinuxSyscalls linux, Node node, Fd folder, List<Fd> lower) {
    this.linux = linux;
    this.node = node;
    this.folder = folder;
    this.lower = lower;
  }

  /**
   * Copies the mounts of the folders and maps them.
   *
   * @param lower absolute paths on the node, topmost layer first
   * @param users user namespace of the pod
   * @throws RefusedException UnsupportedUserNamespace if the kernel, or the file system of one of
   *     the folders, can't map owners
   */
  static IdmappedLayers of(
      LinuxSyscalls linux, Node node, InstanceFolder folder, List<String> lower, Fd users) {
    linux.setnsMount(node.mountNamespace());
    List<Fd> mapped = new ArrayList<>();
    try {
      for (String layer : lower) {
        try (Fd original = linux.openat(Fd.CWD, layer, O_PATH | O_DIRECTORY, 0)) {
          mapped.add(mapped(linux, original, users, layer));
        }
      }
      try (Fd files = folder.files().orElseThrow()) {
        Fd own = mapped(linux, files, users, folder.place().path());
        return new IdmappedLayers(linux, node, own, mapped);
      }
    } catch (RuntimeException e) {
      mapped.forEach(Fd::close);
      throw e;
    }
  }

  private static Fd mapped(LinuxSyscalls linux, Fd original, Fd users, String path) {
    Fd clone = linux.cloneMount(original, false);
    try {
      linux.mapOwners(clone, users);
      return clone;
    } catch (SyscallException e) {
      clone.close();
      if (e.is(Errno.EINVAL)) {
        throw new RefusedException(
            AgentReason.UNSUPPORTED_USER_NAMESPACE,
            "the node can't map the owners of the files at "
                + path
                + " into the user namespace of the pod (hostUsers: false): it needs Linux 5.19 or"
                + " later, and there ext4, xfs or btrfs");
      }
      throw e;
    } catch (RuntimeException e) {
      clone.close();
      throw e;
    }
  }

  /**
   * Mounts the overlay and leaves the thread in the node's mount namespace, as the pod's user 0.
   *
   * <p>The kernel takes layers by their names only, and of mounts in the caller's namespace only
   * (clone_private_mount() of fs/namespace.c, before Linux 6.15). So they lie in a namespace that
   * ends with this thread.
   *
   * @param target folder on the node whose name is taken for the tmpfs that they lie on
   * @return the overlay, detached
   */
  Fd mount(String options, String target, UserNamespace users) {
    linux.unshareMountNamespace();
    try (Fd root = linux.openat(Fd.CWD, "/", O_PATH | O_DIRECTORY, 0)) {
      linux.mountSetattr(root, true, 0, Linux.MS_PRIVATE);
    }
    linux.mount("layers", target, "tmpfs", 0, "size=1m,mode=755");
    try (Fd places = linux.openat(Fd.CWD, target, O_PATH | O_DIRECTORY, 0)) {
      linux.fchdir(places);
      for (int i = 0; i < lower.size(); i++) {
        lay(places, lower.get(i), Integer.toString(i));
      }
      lay(places, folder, FOLDER);
      linux.mkdirat(places, MERGED, 0755);
      // The user that mounts an overlay makes the files in its work folder.
      linux.setFileSystemUser(users.firstUid(), users.firstGid());
      linux.mount(
          "overlay",
          MERGED,
          "overlay",
          0,
          OverlayOptions.forMount(
              options,
              IntStream.range(0, lower.size()).mapToObj(Integer::toString).toList(),
              FOLDER + "/" + InstanceFolder.UPPER,
              FOLDER + "/" + InstanceFolder.WORK));
      try (Fd merged = linux.openat(places, MERGED, O_PATH | O_DIRECTORY, 0)) {
        return linux.cloneMount(merged, false);
      }
    } finally {
      linux.setnsMount(node.mountNamespace());
    }
  }

  private void lay(Fd places, Fd layer, String name) {
    linux.mkdirat(places, name, 0755);
    try (Fd place = linux.openat(places, name, O_PATH | O_DIRECTORY, 0)) {
      linux.moveMount(layer, place);
    }
  }

  @Override
  public void close() {
    folder.close();
    lower.forEach(Fd::close);
  }
}
