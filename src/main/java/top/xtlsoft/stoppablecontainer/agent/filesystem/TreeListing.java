package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_XDEV;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_STRICT;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

/**
 * Lists the files, symlinks and empty folders of a small tree that others wrote. It follows no
 * symlink and enters no mount; the heap that it takes has a bound.
 */
final class TreeListing {

  /** Names that are looked at; a runtime makes some twenty. */
  static final int MOST_NAMES = 20_000;

  /** Paths in the result. */
  static final int MOST_PATHS = 2_000;

  /** Characters of all paths in the result. */
  static final int MOST_CHARACTERS = 256 << 10;

  private static final int MOST_DEPTH = 64;

  private final LinuxSyscalls linux;
  private final int mostNames;
  private final Predicate<String> looked;
  private final Predicate<String> listed;
  private final List<String> paths = new ArrayList<>();
  private int names;
  private int characters;

  /** There is more than the agent brings along. */
  static class TooMuchException extends RuntimeException {

    private static final long serialVersionUID = 1;

    TooMuchException(String what) {
      super(what, null, false, false);
    }
  }

  /** The tree has more names, or deeper folders, than are looked at. */
  static final class TooLargeException extends TooMuchException {

    private static final long serialVersionUID = 1;

    TooLargeException(String what) {
      super(what);
    }
  }

  private TreeListing(
      LinuxSyscalls linux, int mostNames, Predicate<String> looked, Predicate<String> listed) {
    this.linux = linux;
    this.mostNames = mostNames;
    this.looked = looked;
    this.listed = listed;
  }

  /**
   * Paths below a folder, each with a leading slash.
   *
   * @param mostNames how many names are looked at, at most {@link #MOST_NAMES}
   * @param looked whether a path is looked at; of a folder that is not, nothing is listed
   * @param listed whether a path is in the result
   * @throws TooMuchException when there is more than the limits of this class
   */
  static List<String> paths(
      LinuxSyscalls linux,
      Fd top,
      int mostNames,
      Predicate<String> looked,
      Predicate<String> listed) {
    TreeListing listing = new TreeListing(linux, mostNames, looked, listed);
    listing.folder(top, ".", "", 0);
    return listing.paths;
  }

  private void folder(Fd above, String name, String path, int depth) {
    if (depth == MOST_DEPTH) {
      throw new TooLargeException("folders are nested deeper than " + MOST_DEPTH);
    }
    try (Fd folder =
        linux.openat2(above, name, O_RDONLY | O_DIRECTORY, 0, RESOLVE_STRICT | RESOLVE_NO_XDEV)) {
      List<String> children = linux.list(folder, mostNames + 1);
      names += children.size();
      if (names > mostNames) {
        throw new TooLargeException("more than " + mostNames + " names");
      }
      if (children.isEmpty() && !path.isEmpty()) {
        add(path);
      }
      for (String child : children) {
        String childPath = path + "/" + child;
        if (!looked.test(childPath)) {
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
    if (!listed.test(path)) {
      return;
    }
    characters += path.length();
    if (paths.size() == MOST_PATHS || characters > MOST_CHARACTERS) {
      throw new TooMuchException("more than " + MOST_PATHS + " files, or names too long");
    }
    paths.add(path);
  }
}
