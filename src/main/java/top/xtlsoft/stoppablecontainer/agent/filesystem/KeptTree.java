package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_XDEV;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_STRICT;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.FileSystemStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * What a restore keeps, in the upper folder of a layer that is being made. It is filled in four
 * steps, with three overlays, none of which is there while a step changes its folders:
 *
 * <ol>
 *   <li>{@link #lead} makes the folders above each path look as those that the restore gives.
 *   <li>{@link #link} makes the folders in it, and gives each file of a frozen layer one more name
 *       there. Neither layer is ever written to, so no byte is copied.
 *   <li>{@link #copy} has the kernel copy what is left up: files of the image, and of layers on
 *       another disk.
 *   <li>{@link #seal} has it hide what the restore gives at the paths.
 * </ol>
 *
 * <p>Its memory and descriptors depend on the depth of the tree and the number of layers alone.
 */
final class KeptTree implements AutoCloseable {

  /** Names in all paths together; to link them takes about a minute. */
  static final long MOST_NAMES = 1_000_000;

  /** Bytes of all files that are copied. */
  private static final long MOST_COPIED_BYTES = 8L << 30;

  private static final int NAMES_FOR_A_LOOK_AT_THE_DISK = 1024;
  private static final long RESOLVE = RESOLVE_STRICT | RESOLVE_NO_XDEV;
  private static final String OVERLAY_XATTRS = "trusted.overlay.";

  private final LinuxSyscalls linux;
  private final TreeWalker walker;
  private final LayerNames names;
  private final InstanceFolder layer;
  private final Fd top;
  private final List<Fd> frozen;

  /** How the folders above the paths look, outermost first. */
  private final Map<String, FileStatus> above = new LinkedHashMap<>();

  /** What is at each path; empty for nothing. */
  private final Map<String, Optional<FileStatus>> kept = new HashMap<>();

  /** What the restore gives at each path. */
  private final Map<String, Optional<FileStatus>> given = new HashMap<>();

  private long seen;
  private long rest;
  private long copiedBytes;

  /**
   * @param layer the layer
   * @param top its upper folder
   * @param frozen root folders of the frozen layers of the state before, topmost first; this closes
   *     them
   */
  KeptTree(LinuxSyscalls linux, InstanceFolder layer, Fd top, List<Fd> frozen) {
    this.linux = linux;
    this.walker = new TreeWalker(linux);
    this.names = new LayerNames(linux);
    this.layer = layer;
    this.top = top;
    this.frozen = frozen;
    above.put("", linux.stat(top));
  }

  /** Names of files and folders in it. */
  long names() {
    return seen;
  }

  /** How many of them the kernel has to copy. */
  long copied() {
    return rest;
  }

  boolean hasRest() {
    return rest > 0;
  }

  /**
   * Copies the folders up that lie above a path.
   *
   * @param root root of what the restore gives, mounted over the layer
   * @throws RefusedException PathNotKept if one of them is something else than a folder
   */
  void lead(Fd root, String path) {
    String relative = relative(path);
    for (int slash = relative.indexOf('/'); slash > 0; slash = relative.indexOf('/', slash + 1)) {
      try (Fd folder = open(root, relative.substring(0, slash))) {
        FileStatus status = linux.stat(folder);
        linux.setModified(folder, status.mtimeSeconds(), status.mtimeNanos());
        above.putIfAbsent(relative.substring(0, slash), status);
      } catch (SyscallException e) {
        if (e.is(Errno.ENOENT, Errno.ENAMETOOLONG)) {
          break;
        }
        throw onTheWay(e, path);
      }
    }
    given.put(path, look(root, path));
  }

  private static RuntimeException onTheWay(SyscallException failure, String path) {
    if (failure.is(Errno.EPERM)) {
      return PathKeeper.notKept(path + " can't be kept: a folder above it is immutable");
    }
    return failure.is(Errno.ELOOP, Errno.ENOTDIR)
        ? PathKeeper.notKept(
            path + " can't be kept: a link or a file is on the way to it; name it without links")
        : failure;
  }

  private Fd open(Fd root, String relative) {
    return linux.openat2(root, relative, O_RDONLY | O_DIRECTORY, 0, RESOLVE);
  }

  /** What is at a path. */
  private Optional<FileStatus> look(Fd root, String path) {
    String relative = relative(path);
    try (Fd parent = open(root, parent(relative))) {
      return names.status(parent, name(relative));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT, Errno.ENAMETOOLONG)) {
        return Optional.empty();
      }
      throw onTheWay(e, path);
    }
  }

  private static String relative(String path) {
    return Names.beneathRoot(Names.fromText(path));
  }

  private static String parent(String relative) {
    return relative.indexOf('/') < 0 ? "." : relative.substring(0, relative.lastIndexOf('/'));
  }

  private static String name(String relative) {
    return relative.substring(relative.lastIndexOf('/') + 1);
  }

  /**
   * Makes the folders of a path, and links what lies in frozen layers.
   *
   * @param root root of the state before
   */
  void link(Fd root, String path) {
    Optional<FileStatus> found = look(root, path);
    kept.put(path, found);
    if (found.isEmpty()) {
      return;
    }
    String relative = relative(path);
    makeAbove(root, relative);
    try (Linking linking = new Linking(path, open(top, parent(relative)), frozenAt(relative))) {
      walk(root, relative, linking);
    }
  }

  private void walk(Fd root, String relative, Walk walk) {
    String name = name(relative);
    try (Fd from = open(root, parent(relative))) {
      if (walk.visit(from, name) == TreeWalker.Visitor.Next.ENTER) {
        try (Fd folder = names.open(from, name)) {
          walker.walk(folder, walk);
        }
        walk.leave(from, name);
      }
    }
  }

  /** Makes the folders above a path that the restore does not give. */
  private void makeAbove(Fd root, String relative) {
    for (int slash = relative.indexOf('/'); slash > 0; slash = relative.indexOf('/', slash + 1)) {
      String folder = relative.substring(0, slash);
      if (above.containsKey(folder)) {
        continue;
      }
      try (Fd parent = open(top, parent(folder));
          Fd like = open(root, folder)) {
        linux.mkdirat(parent, name(folder), 0700);
        try (Fd made = names.open(parent, name(folder))) {
          dress(like, made);
        }
        above.put(folder, linux.stat(like));
      }
    }
  }

  /** The folders of the frozen layers that make up the one that a path lies in. */
  private List<Fd> frozenAt(String relative) {
    List<Fd> folders =
        frozen.stream().map(fd -> linux.openat(fd, ".", O_RDONLY | O_DIRECTORY, 0)).toList();
    int start = 0;
    for (int slash = relative.indexOf('/'); slash > 0; slash = relative.indexOf('/', start)) {
      List<Fd> from = folders;
      folders = names.enter(from, relative.substring(start, slash));
      from.forEach(Fd::close);
      start = slash + 1;
    }
    return folders;
  }

  /** Gives a new folder the attributes of one that an overlay shows. */
  private void dress(Fd like, Fd made) {
    FileStatus status = linux.stat(like);
    linux.fchown(made, status.uid(), status.gid());
    linux.fchmod(made, status.permissions());
    // The default ACL of the folder above is the only thing that a new one can have.
    List<String> wanted = linux.listXattrs(like);
    linux.listXattrs(made).stream()
        .filter(name -> !wanted.contains(name))
        .forEach(name -> linux.removeXattr(made, name));
    wanted.forEach(name -> linux.setXattr(made, stored(name), linux.getXattr(like, name)));
    linux.setModified(made, status.mtimeSeconds(), status.mtimeNanos());
  }

  /** What an overlay in the container has on a folder is stored under another name, since 6.7. */
  private static String stored(String xattr) {
    return xattr.startsWith(OVERLAY_XATTRS)
        ? OVERLAY_XATTRS + "overlay." + xattr.substring(OVERLAY_XATTRS.length())
        : xattr;
  }

  private void count(String path) {
    if (++seen > MOST_NAMES) {
      throw PathKeeper.notKept(
          path + " can't be kept: there are more than " + MOST_NAMES + " files and folders");
    }
    if (seen % NAMES_FOR_A_LOOK_AT_THE_DISK == 0) {
      requireRoom(0);
    }
  }

  private void requireRoom(long more) {
    FileSystemStatus disk = layer.nodeSpace();
    if (!disk.hasRoomFor(more) || !disk.hasInodes()) {
      throw new RefusedException(
          AgentReason.NOT_ENOUGH_SPACE,
          "the node's disk has no room for what is to be kept: a tenth of it has to stay free");
    }
  }

  /**
   * Copies up what is not linked.
   *
   * @param root root of the state before, mounted over the layer
   */
  void copy(Fd root, String path) {
    if (kept.get(path).isEmpty()) {
      return;
    }
    String relative = relative(path);
    try (Copying copying = new Copying(path, open(top, parent(relative)))) {
      walk(root, relative, copying);
    }
  }

  /** Has it hide what the restore gives at the paths. */
  void seal() {
    kept.forEach(this::seal);
    for (String folder : above.keySet().stream().toList().reversed()) {
      try (Fd made = open(top, folder.isEmpty() ? "." : folder)) {
        FileStatus status = above.get(folder);
        linux.setModified(made, status.mtimeSeconds(), status.mtimeNanos());
      }
    }
  }

  private void seal(String path, Optional<FileStatus> found) {
    if (found.isEmpty() && given.get(path).isEmpty()) {
      return;
    }
    String relative = relative(path);
    try (Fd parent = open(top, parent(relative))) {
      if (found.isEmpty()) {
        linux.makeWhiteout(parent, name(relative));
      } else if (found.get().isDirectory()) {
        try (Fd folder = names.open(parent, name(relative))) {
          names.makeOpaque(folder);
        }
      }
    }
  }

  @Override
  public void close() {
    frozen.forEach(Fd::close);
  }

  /** A walk through what an overlay shows at a path. */
  private abstract static class Walk implements TreeWalker.Visitor, AutoCloseable {

    private final String path;

    Walk(String path) {
      this.path = path;
    }

    String path() {
      return path;
    }

    @Override
    public void mount(Fd dir, String name) {
      throw new IllegalStateException("something is mounted in what is to be kept, on " + name);
    }

    @Override
    public void tooDeep(Fd dir, String name) {
      throw PathKeeper.notKept(
          path + " can't be kept: folders lie more than " + TreeWalker.MOST_DEPTH + " deep in it");
    }

    @Override
    public abstract void close();
  }

  /**
   * A folder that is made.
   *
   * @param made the folder
   * @param frozen the folders of frozen layers that make up what it is made from
   */
  private record Level(Fd made, List<Fd> frozen) implements AutoCloseable {
    @Override
    public void close() {
      made.close();
      frozen.forEach(Fd::close);
    }
  }

  private final class Linking extends Walk {

    private final Deque<Level> levels = new ArrayDeque<>();

    Linking(String path, Fd made, List<Fd> frozen) {
      super(path);
      levels.push(new Level(made, frozen));
    }

    @Override
    public Next visit(Fd dir, String name) {
      count(path());
      Level level = levels.peek();
      FileStatus status = linux.statAt(dir, name);
      if (status.isDirectory()) {
        linux.mkdirat(level.made(), name, 0700);
        levels.push(new Level(names.open(level.made(), name), names.enter(level.frozen(), name)));
        return Next.ENTER;
      }
      if (!isLinked(level, name)) {
        rest++;
      }
      return Next.GO_ON;
    }

    private boolean isLinked(Level level, String name) {
      Optional<Fd> from = names.find(level.frozen(), name);
      if (from.isEmpty()) {
        return false;
      }
      try {
        linux.linkat(from.get(), name, level.made(), name);
        return true;
      } catch (SyscallException e) {
        if (e.is(Errno.EXDEV, Errno.EMLINK, Errno.EPERM)) {
          return false;
        }
        throw e;
      }
    }

    @Override
    public boolean leave(Fd dir, String name) {
      try (Level level = levels.pop();
          Fd like = names.open(dir, name)) {
        dress(like, level.made());
      }
      return false;
    }

    @Override
    public void close() {
      levels.forEach(Level::close);
    }
  }

  private final class Copying extends Walk {

    private final Deque<Fd> made = new ArrayDeque<>();

    Copying(String path, Fd made) {
      super(path);
      this.made.push(made);
    }

    @Override
    public Next visit(Fd dir, String name) {
      FileStatus status = linux.statAt(dir, name);
      if (status.isDirectory()) {
        made.push(names.open(made.peek(), name));
        return Next.ENTER;
      }
      if (names.status(made.peek(), name).isEmpty()) {
        copyUp(dir, name, status);
      }
      return Next.GO_ON;
    }

    /** Any change of an attribute does that, also one that changes nothing. */
    private void copyUp(Fd dir, String name, FileStatus status) {
      copiedBytes += status.allocatedBytes();
      if (copiedBytes > MOST_COPIED_BYTES) {
        throw PathKeeper.notKept(
            path() + " can't be kept: it takes more than " + MOST_COPIED_BYTES + " bytes to copy");
      }
      requireRoom(status.allocatedBytes());
      try {
        linux.setModifiedAt(dir, name, status.mtimeSeconds(), status.mtimeNanos());
      } catch (SyscallException e) {
        if (e.is(Errno.EPERM)) {
          throw PathKeeper.notKept(path() + " can't be kept: a file in it is immutable");
        }
        throw e;
      }
    }

    @Override
    public boolean leave(Fd dir, String name) {
      made.pop().close();
      return false;
    }

    @Override
    public void close() {
      made.forEach(Fd::close);
    }
  }
}
