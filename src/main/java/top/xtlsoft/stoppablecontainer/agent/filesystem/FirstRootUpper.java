package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_IN_ROOT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_MAGICLINKS;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_XDEV;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_STRICT;

import java.util.ArrayList;
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

  /** Names that are looked at; a runtime makes some twenty. */
  static final int MOST_NAMES = 20_000;

  /** Paths in the result. */
  static final int MOST_PATHS = 2_000;

  /** Characters of all paths in the result. */
  static final int MOST_CHARACTERS = 256 << 10;

  private static final int MOST_DEPTH = 64;
  private static final String UPPERDIR = "upperdir=";

  private final LinuxSyscalls linux;
  private final Node node;

  /** There is more than the agent brings along. */
  static final class TooMuchException extends RuntimeException {

    private static final long serialVersionUID = 1;

    TooMuchException(String what) {
      super(what, null, false, false);
    }
  }

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
   * @throws TooMuchException when there are more than the agent brings along
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
      Listing listing = new Listing(places);
      listing.folder(upper, ".", "", 0);
      return listing.paths;
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) {
        return List.of();
      }
      throw e;
    }
  }

  private static Optional<String> folder(MountEntry root) {
    String snapshots = parent(parent(ImageLayers.of(root).folders().getFirst()));
    return root.superOptions().stream()
        .filter(option -> option.startsWith(UPPERDIR))
        .map(option -> option.substring(UPPERDIR.length()))
        .filter(upper -> !snapshots.isEmpty() && parent(parent(upper)).equals(snapshots))
        .filter(upper -> !(upper + "/").contains("/../"))
        .findFirst();
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  private final class Listing {

    private final Set<String> places;
    private final List<String> paths = new ArrayList<>();
    private int names;
    private int characters;

    Listing(Set<String> places) {
      this.places = places;
    }

    void folder(Fd above, String name, String path, int depth) {
      if (depth == MOST_DEPTH) {
        throw new TooMuchException("folders are nested deeper than " + MOST_DEPTH);
      }
      try (Fd folder =
          linux.openat2(above, name, O_RDONLY | O_DIRECTORY, 0, RESOLVE_STRICT | RESOLVE_NO_XDEV)) {
        List<String> children = linux.list(folder, MOST_NAMES + 1);
        names += children.size();
        if (names > MOST_NAMES) {
          throw new TooMuchException("more than " + MOST_NAMES + " names");
        }
        if (children.isEmpty() && !path.isEmpty()) {
          add(path);
        }
        for (String child : children) {
          String childPath = path + "/" + child;
          if (places.contains(childPath)) {
            continue;
          }
          if (linux.statAt(folder, child).isDirectory()) {
            folder(folder, child, childPath, depth + 1);
          } else {
            add(childPath);
          }
        }
      }
    }

    private void add(String path) {
      characters += path.length();
      if (paths.size() == MOST_PATHS || characters > MOST_CHARACTERS) {
        throw new TooMuchException("more than " + MOST_PATHS + " files, or names too long");
      }
      paths.add(path);
    }
  }
}
