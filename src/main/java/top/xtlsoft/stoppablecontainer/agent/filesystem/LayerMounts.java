package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import jnr.constants.platform.Errno;
import org.jspecify.annotations.Nullable;
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
 * The folders of an overlay, as mounts of their own: a frozen disk image has no path on the node.
 * The mounts are detached and end with this object, or with the overlay.
 *
 * <p>They can map the owners of all files into a pod's user namespace: on the disk the files keep
 * their owners, and user 0 of the pod owns those of user 0. An overlay itself can't be mapped, its
 * layers can (Linux 5.19, kernel's Documentation/filesystems/overlayfs.rst).
 *
 * <p>All methods are called on a {@link
 * top.xtlsoft.stoppablecontainer.agent.linux.NamespaceThread}.
 */
final class LayerMounts implements AutoCloseable {

  private static final String FOLDER = "folder";
  private static final String MERGED = "merged";

  private final LinuxSyscalls linux;
  private final Node node;
  private final Fd folder;
  private final List<Lower> lower;

  /**
   * A lower layer.
   *
   * @param mount detached mount of the layer's folder, or of the disk image that it lies in
   */
  private record Lower(Fd mount, boolean isDisk) {

    String path(int number) {
      return isDisk ? number + "/" + InstanceFolder.UPPER : Integer.toString(number);
    }
  }

  private LayerMounts(LinuxSyscalls linux, Node node, Fd folder, List<Lower> lower) {
    this.linux = linux;
    this.node = node;
    this.folder = folder;
    this.lower = lower;
  }

  /**
   * Copies the mounts of the folders and maps them.
   *
   * @param users user namespace of the pod; null to leave the owners as they are
   * @throws RefusedException UnsupportedUserNamespace if the kernel, or the file system of one of
   *     the folders, can't map owners
   */
  static LayerMounts of(
      LinuxSyscalls linux,
      Node node,
      InstanceFolder folder,
      LowerFolders lower,
      @Nullable Fd users) {
    linux.setnsMount(node.mountNamespace());
    List<Lower> mapped = new ArrayList<>();
    try {
      for (LowerFolders.Folder layer : lower.folders()) {
        mapped.add(mapped(linux, layer, users));
      }
      try (Fd files = folder.files().orElseThrow()) {
        Fd own = mapped(linux, files, users, folder.place().path());
        return new LayerMounts(linux, node, own, mapped);
      }
    } catch (RuntimeException e) {
      mapped.forEach(its -> its.mount().close());
      throw e;
    }
  }

  private static Lower mapped(LinuxSyscalls linux, LowerFolders.Folder layer, @Nullable Fd users) {
    if (layer.disk() != null) {
      map(linux, layer.disk(), users, layer.path());
      return new Lower(layer.disk(), true);
    }
    try (Fd original = linux.openat(Fd.CWD, layer.path(), O_PATH | O_DIRECTORY, 0)) {
      return new Lower(mapped(linux, original, users, layer.path()), false);
    }
  }

  private static Fd mapped(LinuxSyscalls linux, Fd original, @Nullable Fd users, String path) {
    Fd clone = linux.cloneMount(original, false);
    try {
      map(linux, clone, users, path);
      return clone;
    } catch (RuntimeException e) {
      clone.close();
      throw e;
    }
  }

  private static void map(LinuxSyscalls linux, Fd mount, @Nullable Fd users, String path) {
    if (users == null) {
      return;
    }
    try {
      linux.mapOwners(mount, users);
    } catch (SyscallException e) {
      if (e.is(Errno.EINVAL)) {
        throw new RefusedException(
            AgentReason.UNSUPPORTED_USER_NAMESPACE,
            "the node can't map the owners of the files at "
                + path
                + " into the user namespace of the pod (hostUsers: false): it needs Linux 5.19 or"
                + " later, and there ext4, xfs or btrfs");
      }
      throw e;
    }
  }

  /**
   * Mounts the overlay and leaves the thread in the node's mount namespace; where owners are
   * mapped, as the pod's user 0.
   *
   * <p>The kernel takes layers by their names only, and of mounts in the caller's namespace only
   * (clone_private_mount() of fs/namespace.c, before Linux 6.15). So they lie in a namespace that
   * ends with this thread.
   *
   * @param target folder on the node whose name is taken for the tmpfs that they lie on
   * @param users null if the owners are as they are
   * @return the overlay, detached
   */
  Fd mount(String options, String target, @Nullable UserNamespace users) {
    linux.unshareMountNamespace();
    try (Fd root = linux.openat(Fd.CWD, "/", O_PATH | O_DIRECTORY, 0)) {
      linux.mountSetattr(root, true, 0, Linux.MS_PRIVATE);
    }
    linux.mount("layers", target, "tmpfs", 0, "size=1m,mode=755");
    try (Fd places = linux.openat(Fd.CWD, target, O_PATH | O_DIRECTORY, 0)) {
      linux.fchdir(places);
      for (int i = 0; i < lower.size(); i++) {
        lay(places, lower.get(i).mount(), Integer.toString(i));
      }
      lay(places, folder, FOLDER);
      linux.mkdirat(places, MERGED, 0755);
      if (users != null) {
        // The user that mounts an overlay makes the files in its work folder.
        linux.setFileSystemUser(users.firstUid(), users.firstGid());
      }
      linux.mount(
          "overlay",
          MERGED,
          "overlay",
          0,
          OverlayOptions.forMount(
              options,
              IntStream.range(0, lower.size()).mapToObj(i -> lower.get(i).path(i)).toList(),
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
    lower.forEach(its -> its.mount().close());
  }
}
