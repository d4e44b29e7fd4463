package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.util.LinkedHashMap;
import java.util.Map;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/**
 * The folders on the node that image layers lie in. The runtime removes them with the last
 * container of an image, and a file system that is mounted over them stays mounted and loses the
 * files of its image.
 */
final class LayerFolders {

  private final LinuxSyscalls linux;
  private final Node node;

  LayerFolders(LinuxSyscalls linux, Node node) {
    this.linux = linux;
    this.node = node;
  }

  /**
   * Inode number of each folder. While a folder is mounted over, no other gets its number, even if
   * it was removed and another one made in its place.
   */
  Map<String, Long> inodes(ImageLayers layers) {
    Map<String, Long> inodes = new LinkedHashMap<>();
    layers.folders().forEach(folder -> inodes.put(folder, inode(folder)));
    return inodes;
  }

  /** Whether the folders are there and are those. */
  boolean areThere(Map<String, Long> inodes) {
    try {
      return inodes.entrySet().stream().allMatch(e -> inode(e.getKey()) == e.getValue());
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT, Errno.ENOTDIR)) {
        return false;
      }
      throw e;
    }
  }

  private long inode(String folder) {
    try (Fd fd =
        linux.openat2(
            node.root(),
            Names.beneathRoot(folder),
            Linux.O_PATH | Linux.O_DIRECTORY,
            0,
            Linux.RESOLVE_IN_ROOT | Linux.RESOLVE_NO_MAGICLINKS)) {
      return linux.stat(fd).ino();
    }
  }
}
