package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_IN_ROOT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_MAGICLINKS;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.MountEntry;

/**
 * Lists what the container runtime and its hooks wrote into the first root of a container: that
 * lies in the upper folder of its overlay.
 *
 * <p>Security: a container that may mount can lay an overlay of its own whose options name any
 * folder. So the agent takes no content from the folder that is named, only names; and it lists no
 * folder outside of the one in which the runtime keeps the image's layers.
 */
final class FirstRootUpper {

  private final LinuxSyscalls linux;
  private final Node node;

  FirstRootUpper(LinuxSyscalls linux, Node node) {
    this.linux = linux;
    this.node = node;
  }

  /**
   * Paths of files, symlinks and empty folders in the upper folder, but for those that the runtime
   * made to mount on.
   *
   * @param root the first root, over the layers of the instance's image
   * @param places paths of mount points and of the working directory
   * @return paths with a leading slash; empty when the upper folder is not known
   * @throws TreeListing.TooMuchException when there are more than the agent brings along
   */
  List<String> paths(MountEntry root, Set<String> places) {
    Optional<String> folder = folder(root);
    if (folder.isEmpty()) {
      return List.of();
    }
    try (Fd upper =
        linux.openat2(
            node.root(),
            Names.beneathRoot(folder.get()),
            O_PATH | O_DIRECTORY,
            0,
            RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)) {
      return TreeListing.paths(
          linux, upper, TreeListing.MOST_NAMES, path -> !places.contains(path), _ -> true);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) {
        return List.of();
      }
      throw e;
    }
  }

  private static Optional<String> folder(MountEntry root) {
    String snapshots = parent(parent(ImageLayers.of(root).folders().getFirst()));
    return root.superOption("upperdir")
        .filter(upper -> !snapshots.isEmpty() && parent(parent(upper)).equals(snapshots))
        .filter(upper -> !(upper + "/").contains("/../"));
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }
}
