package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_CREAT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_EXCL;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_NOFOLLOW;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_WRONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_IN_ROOT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_MAGICLINKS;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_STRICT;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * The folders of instances on the node, {@code <prefix>/<namespace>/<name>/{upper,work,rootfs,
 * instance.json}}.
 *
 * <p>The prefix may be reached through symlinks of the administrator's; below it only plain folders
 * are gone through, each step relative to the one before.
 */
public final class InstanceFolders {

  static final String UPPER = "upper";
  static final String WORK = "work";
  static final String ROOTFS = "rootfs";
  static final String RECORD = "instance.json";

  private static final String TEMPORARY = ".new";
  private static final int MOST_RECORD_BYTES = 16 << 10;
  private static final int MOST_NAMES = 100_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final LinuxSyscalls linux;
  private final Node node;
  private final InstanceLocks locks = new InstanceLocks();

  /** Where an instance's folder is or was found. */
  public record Place(String prefix, String namespace, String name) {
    public String path() {
      return prefix + "/" + namespace + "/" + name;
    }

    /** The place of an instance. */
    public static Place of(Instance instance) {
      return new Place(instance.hostPathPrefix(), instance.namespace(), instance.name());
    }
  }

  public InstanceFolders(LinuxSyscalls linux, Node node) {
    this.linux = linux;
    this.node = node;
  }

  /** Opens the instance's folder, if there is one. */
  public Optional<Fd> find(String prefix, String namespace, String name) {
    return openPrefix(prefix)
        .flatMap(
            fd -> {
              try (fd) {
                return openFolder(fd, namespace + "/" + name);
              }
            });
  }

  /** Opens the folder in a place, if there is one. */
  Optional<Fd> find(Place place) {
    return find(place.prefix(), place.namespace(), place.name());
  }

  /** Does work on a place while no other thread does; a thread may enter the same place again. */
  public <T> T alone(Place place, Supplier<T> work) {
    return locks.hold(place.path(), work);
  }

  /** Opens the instance's folder, and makes it and those above it where they are missing. */
  Fd make(Instance instance) {
    try (Fd prefix = makePath(node.root(), instance.hostPathPrefix());
        Fd namespace = makeFolder(prefix, instance.namespace())) {
      return makeFolder(namespace, instance.name());
    }
  }

  /**
   * The mounted file system of an instance.
   *
   * @return its root; empty when it is not mounted
   */
  Optional<Fd> mountedRoot(Fd folder) {
    Optional<Fd> rootfs = openFolder(folder, ROOTFS);
    if (rootfs.isPresent() && !isOverlay(rootfs.get())) {
      rootfs.get().close();
      return Optional.empty();
    }
    return rootfs;
  }

  /** Whether the file system of the instance in a place is mounted. */
  public boolean isMounted(Place place) {
    return find(place)
        .flatMap(
            folder -> {
              try (folder) {
                return mountedRoot(folder);
              }
            })
        .map(this::closed)
        .isPresent();
  }

  private boolean isOverlay(Fd fd) {
    try {
      return linux.stat(fd).mountRoot() && linux.fileSystemMagic(fd) == Linux.OVERLAYFS_MAGIC;
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /**
   * What {@code instance.json} says; empty when there is none.
   *
   * @throws RefusedException UnknownFolder if it can't be read, UnsupportedFormat if it is newer
   */
  public Optional<FolderRecord> record(Fd folder, String path) {
    try (Fd fd = linux.openat2(folder, RECORD, O_RDONLY, 0, RESOLVE_STRICT)) {
      FolderRecord record = JSON.readValue(linux.read(fd, MOST_RECORD_BYTES), FolderRecord.class);
      if (record.version() > FolderRecord.VERSION) {
        throw new RefusedException(
            AgentReason.UNSUPPORTED_FORMAT,
            path + " was written by a newer version (format " + record.version() + "): upgrade");
      }
      return Optional.of(record);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      throw e;
    } catch (IOException e) {
      throw new RefusedException(
          AgentReason.UNKNOWN_FOLDER, path + "/" + RECORD + " can't be read: look at it by hand");
    }
  }

  /** What {@code instance.json} in a place says; empty when there is none. */
  public Optional<FolderRecord> record(Place place) {
    return find(place)
        .flatMap(
            folder -> {
              try (folder) {
                return record(folder, place.path());
              }
            });
  }

  /**
   * Moves a folder to a place where nothing is, so that a power cut leaves it in one of both.
   *
   * @throws SyscallException EEXIST if there is something; EXDEV if that is another disk
   */
  void move(Place from, Place to) {
    try (Fd fromPrefix = makePath(node.root(), from.prefix());
        Fd fromNamespace = makeFolder(fromPrefix, from.namespace());
        Fd toPrefix = makePath(node.root(), to.prefix());
        Fd toNamespace = makeFolder(toPrefix, to.namespace())) {
      linux.renameToNew(fromNamespace, from.name(), toNamespace, to.name());
      for (Fd changed : List.of(toNamespace, toPrefix, fromNamespace)) {
        fsync(changed);
      }
      removeIfEmpty(fromPrefix, from.namespace());
    }
  }

  private void fsync(Fd folder) {
    try (Fd readable = linux.openat(folder, ".", O_RDONLY | O_DIRECTORY, 0)) {
      linux.fsync(readable);
    }
  }

  /** Removes the folder in a place if it holds nothing that an agent did not make. */
  void removeIfEmpty(Place place) {
    Optional<Fd> found = find(place);
    if (found.isEmpty()) {
      return;
    }
    try (Fd folder = found.get()) {
      if (!isEmpty(folder)) {
        return;
      }
      removeFile(folder, RECORD + TEMPORARY);
    }
    try (Fd prefix = openPrefix(place.prefix()).orElseThrow();
        Fd namespace = openFolder(prefix, place.namespace()).orElseThrow()) {
      removeIfEmpty(namespace, place.name());
    }
  }

  /** Writes {@code instance.json}, so that a power cut leaves the old one or the new one. */
  void writeRecord(Fd folder, FolderRecord record) {
    removeFile(folder, RECORD + TEMPORARY);
    try (Fd fd =
        linux.openat(folder, RECORD + TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600)) {
      linux.write(fd, JSON.writeValueAsBytes(record));
      linux.fsync(fd);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record of strings is always JSON", e);
    }
    linux.renameat(folder, RECORD + TEMPORARY, folder, RECORD);
    fsync(folder);
  }

  /**
   * Makes upper, work and rootfs where they are missing. A new upper's root looks like the image's:
   * it is what the container will see of {@code /}.
   */
  void makeLayers(Fd folder, Fd imageRoot) {
    if (openFolder(folder, UPPER).map(this::closed).isEmpty()) {
      try (Fd upper = makeFolder(folder, UPPER + TEMPORARY);
          Fd readable = linux.openat(upper, ".", O_RDONLY | O_DIRECTORY, 0)) {
        copyAttributes(imageRoot, readable);
      }
      linux.renameat(folder, UPPER + TEMPORARY, folder, UPPER);
    }
    makeFolder(folder, WORK).close();
    makeFolder(folder, ROOTFS).close();
  }

  /** Whether nothing is in the folder that an agent did not make. */
  public boolean isEmpty(Fd folder) {
    try (Fd readable = linux.openat(folder, ".", O_RDONLY | O_DIRECTORY, 0)) {
      return linux.list(readable, MOST_NAMES).stream()
          .allMatch(name -> name.equals(RECORD + TEMPORARY));
    }
  }

  /** All folders two levels below a prefix, but for those whose names begin with a dot. */
  public List<Place> places(String prefix) {
    return openPrefix(prefix).map(this::namesAndClose).orElse(List.of()).stream()
        .flatMap(namespace -> places(prefix, namespace).stream())
        .toList();
  }

  /** The folders of a namespace below a prefix. */
  List<Place> places(String prefix, String namespace) {
    List<Place> places = new ArrayList<>();
    Optional<Fd> opened =
        openPrefix(prefix)
            .flatMap(
                fd -> {
                  try (fd) {
                    return openFolder(fd, namespace);
                  }
                });
    if (opened.isEmpty()) {
      return places;
    }
    try (Fd inner = opened.get()) {
      for (String name : names(inner)) {
        if (openFolder(inner, name).map(this::closed).isPresent()) {
          places.add(new Place(prefix, namespace, name));
        }
      }
    }
    return places;
  }

  private List<String> namesAndClose(Fd folder) {
    try (folder) {
      return names(folder);
    }
  }

  /** Opens a prefix, if it is there. */
  Optional<Fd> openPrefix(String prefix) {
    try {
      return Optional.of(
          linux.openat2(
              node.root(),
              Names.beneathRoot(prefix),
              O_PATH | O_DIRECTORY,
              0,
              RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Opens a folder below another; empty when there is none (a symlink is none). */
  Optional<Fd> openFolder(Fd dir, String path) {
    try {
      return Optional.of(linux.openat2(dir, path, O_PATH | O_DIRECTORY, 0, RESOLVE_STRICT));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Removes an empty folder; one that is in use or not there is left alone. So is one that
   * something is mounted on: the kernel refuses to remove that in the mount namespace of the caller
   * alone, which is not the node's, and takes the mount away with it.
   */
  void removeIfEmpty(Fd dir, String name) {
    Optional<Fd> folder = openFolder(dir, name);
    if (folder.isEmpty()) {
      return;
    }
    try (Fd fd = folder.get()) {
      if (linux.stat(fd).mountRoot()) {
        return;
      }
    }
    try {
      linux.unlinkat(dir, name, true);
    } catch (SyscallException e) {
      if (!e.is(Errno.ENOENT, Errno.ENOTEMPTY, Errno.EEXIST, Errno.EBUSY)) {
        throw e;
      }
    }
  }

  private List<String> names(Fd dir) {
    try (Fd readable = linux.openat(dir, ".", O_RDONLY | O_DIRECTORY, 0)) {
      return linux.list(readable, MOST_NAMES).stream()
          .filter(name -> !name.startsWith("."))
          .toList();
    }
  }

  private Fd makePath(Fd root, String path) {
    long resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    String soFar = "";
    Fd current = linux.openat2(root, ".", O_PATH | O_DIRECTORY, 0, resolve);
    for (String part : Names.beneathRoot(path).split("/")) {
      soFar = soFar.isEmpty() ? part : soFar + "/" + part;
      try (Fd above = current) {
        current = openOrMake(root, soFar, resolve, above, part);
      }
    }
    return current;
  }

  private Fd makeFolder(Fd dir, String name) {
    return openOrMake(dir, name, RESOLVE_STRICT, dir, name);
  }

  private Fd openOrMake(Fd from, String path, long resolve, Fd above, String name) {
    try {
      return linux.openat2(from, path, O_PATH | O_DIRECTORY, 0, resolve);
    } catch (SyscallException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
    try {
      linux.mkdirat(above, name, 0700);
    } catch (SyscallException e) {
      // Two instances may make the folder of their namespace at the same time.
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
    }
    return linux.openat2(from, path, O_PATH | O_DIRECTORY, 0, resolve);
  }

  private void copyAttributes(Fd from, Fd to) {
    try (Fd readable = linux.openat(from, ".", O_RDONLY | O_DIRECTORY, 0)) {
      FileStatus status = linux.stat(readable);
      linux.fchown(to, status.uid(), status.gid());
      linux.fchmod(to, status.permissions());
      for (String name : linux.listXattrs(readable)) {
        // The label of the runtime's mount is the other container's, not the image's.
        if (!name.equals("security.selinux") && !name.startsWith("trusted.overlay.")) {
          linux.setXattr(to, name, linux.getXattr(readable, name));
        }
      }
    }
  }

  private void removeFile(Fd dir, String name) {
    try {
      linux.unlinkat(dir, name, false);
    } catch (SyscallException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
  }

  private boolean closed(Fd fd) {
    fd.close();
    return true;
  }
}
