package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_IN_ROOT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_MAGICLINKS;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_XDEV;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_STRICT;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import jnr.constants.platform.Errno;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.linux.PlainFile;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.MountEntry;
import top.xtlsoft.stoppablecontainer.agent.process.OldRoot;

/**
 * Copies what was written before an attach into a folder that the image calls VOLUME: the runtime
 * mounts a copy of the image's folder there, which is writable, and which the attach takes away.
 *
 * <p>A file is copied to its own path. If there is another file of the same path, which an earlier
 * run wrote, the copy goes to the folder {@link #BESIDE}: neither of the two is lost. Files that
 * are as in the image are left out.
 *
 * <p>Security: a container that may mount can make one that looks like the runtime's, of a file
 * system whose server never answers. So the agent reads none but those on the runtime's disk.
 */
public final class VolumeFiles {

  private static final Logger LOG = LoggerFactory.getLogger(VolumeFiles.class);

  /** Folder of a VOLUME for files whose own path is taken. */
  private static final String BESIDE = ".sc-early";

  private static final int FOLDER = O_PATH | O_DIRECTORY;
  private static final long IN_IMAGE = RESOLVE_STRICT | RESOLVE_NO_XDEV;

  /** The user's link to the folder counts, as at the attach. */
  private static final long IN_CONTAINER =
      RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;

  private final LinuxSyscalls linux;
  private final FileCopier copier;
  private final OldRoot oldRoot;
  private final OptionalLong disk;
  private final String folderBeside;
  private final Map<String, Done> done = new HashMap<>();

  /**
   * How much one call copies.
   *
   * @param names of files in one VOLUME folder that are looked at
   * @param bytes that are read or written, of all VOLUME folders together
   */
  public record Limit(int names, long bytes) {

    /** While the container waits for its start, and others for theirs. */
    public static final Limit BEFORE_START = new Limit(1_000, 16 << 20);

    /** When nothing waits. */
    public static final Limit AFTER_START = new Limit(TreeListing.MOST_NAMES, HookFiles.MOST_BYTES);
  }

  /** Files can't be copied. */
  public static final class NotCopiedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private NotCopiedException(String why) {
      super(why, null, false, false);
    }
  }

  /**
   * Reads from one container's first root.
   *
   * @param firstRoot the mount of that root; other disks than that of its runtime are not read
   * @param container names the container, among those whose files lie in one folder
   */
  public VolumeFiles(
      LinuxSyscalls linux, Node node, OldRoot oldRoot, MountEntry firstRoot, String container) {
    this.linux = linux;
    this.disk = disk(linux, node, firstRoot);
    this.copier = new FileCopier(linux, false);
    this.oldRoot = oldRoot;
    this.folderBeside = BESIDE + "/" + container;
  }

  /**
   * The device that the runtime keeps its folders on: that of the upper folder of its overlay. Its
   * layers may be mounts for one user namespace, which are gone by now.
   */
  private static OptionalLong disk(LinuxSyscalls linux, Node node, MountEntry firstRoot) {
    Optional<String> upper = firstRoot.superOption("upperdir").map(Names::beneathRoot);
    if (upper.isEmpty()) {
      return OptionalLong.empty();
    }
    try (Fd folder =
        linux.openat2(
            node.root(), upper.get(), FOLDER, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)) {
      return OptionalLong.of(linux.look(folder).dev());
    } catch (SyscallException e) {
      LOG.info("Upper folder of a container's first root not found: error={}", e.summary());
      return OptionalLong.empty();
    }
  }

  /** How many files were copied to their own path. */
  public int copied() {
    return done.size() - beside();
  }

  /** The folder for files whose own path is taken, below that of the image. */
  public String folderBeside() {
    return folderBeside;
  }

  /** How many files were copied to {@link #folderBeside}. */
  public int beside() {
    return (int) done.values().stream().filter(this::isBeside).count();
  }

  /**
   * Copies what has been written since the last call. A file that can't be copied keeps no other
   * from being copied.
   *
   * @param rootfs root of the file system, in which processes may be at work
   * @throws NotCopiedException at the end, if there is a file that is not copied
   */
  public void copy(Fd rootfs, Limit limit) {
    Call call = new Call(limit);
    for (OldRoot.Volume volume : oldRoot.volumes()) {
      if (isRuntimes(volume)) {
        call.copy(volume, rootfs);
      }
    }
    call.requireAll();
  }

  private boolean isBeside(Done copy) {
    return copy.at.startsWith("/" + folderBeside + "/");
  }

  private boolean isRuntimes(OldRoot.Volume volume) {
    boolean its = disk.equals(OptionalLong.of(linux.look(volume.folder()).dev()));
    if (!its) {
      LOG.info("VOLUME folder not on the disk of the runtime, its early files are not kept");
    }
    return its;
  }

  private static String beneath(OldRoot.Volume volume) {
    return Names.beneathRoot(volume.path());
  }

  /**
   * What was copied.
   *
   * @param source the file then
   * @param at path of the copy
   * @param copy the copy then
   */
  private record Done(FileStatus source, String at, FileStatus copy) {

    static boolean isSame(FileStatus then, FileStatus now) {
      return then.sameFile(now)
          && then.ctimeSeconds() == now.ctimeSeconds()
          && then.ctimeNanos() == now.ctimeNanos();
    }
  }

  /** One call of {@link #copy}. */
  private final class Call {

    private final int names;
    private long bytes;
    private @Nullable String problem;

    Call(Limit limit) {
      this.names = limit.names;
      this.bytes = limit.bytes;
    }

    void requireAll() {
      if (problem != null) {
        throw new NotCopiedException(problem);
      }
    }

    private void note(String why) {
      if (problem == null) {
        problem = why;
      }
    }

    /** Takes bytes to read or to write off those that are left. */
    private void take(long more) {
      bytes -= more;
      if (bytes < 0) {
        throw new TreeListing.TooMuchException("more bytes than are copied");
      }
    }

    void copy(OldRoot.Volume volume, Fd rootfs) {
      try (Fd image = linux.openat2(oldRoot.root(), beneath(volume), FOLDER, 0, IN_IMAGE)) {
        Map<String, FileStatus> changed = changed(volume, image);
        if (!changed.isEmpty()) {
          copy(volume, changed, rootfs);
        }
      } catch (TreeListing.TooMuchException | PlainFile.NotPlainException | NotYetException e) {
        note(String.valueOf(e.getMessage()));
      } catch (SyscallException e) {
        note(e.summary());
      }
    }

    /** Files that the image does not have so, and that are not copied yet, as they are now. */
    private Map<String, FileStatus> changed(OldRoot.Volume volume, Fd image) {
      Map<String, FileStatus> changed = new LinkedHashMap<>();
      try {
        TreeListing.paths(
            linux,
            volume.folder(),
            names,
            _ -> true,
            path -> {
              Optional<FileStatus> now = copier.look(volume.folder(), path);
              if (now.isEmpty()) {
                note("a file can't be reached by its path");
                return false;
              }
              boolean isChanged = isChanged(volume, image, path, now.get());
              if (isChanged) {
                take(now.get().isRegularFile() ? now.get().sizeBytes() : 0);
                changed.put(path, now.get());
              }
              return isChanged;
            });
        return changed;
      } catch (TreeListing.TooLargeException e) {
        if (!isTooLarge(image)) {
          throw e;
        }
        LOG.info("VOLUME folder of the image is not looked at: error={}", e.getMessage());
        return Map.of();
      }
    }

    private boolean isTooLarge(Fd image) {
      try {
        TreeListing.paths(linux, image, names, _ -> true, _ -> false);
        return false;
      } catch (TreeListing.TooLargeException e) {
        return true;
      }
    }

    private boolean isChanged(OldRoot.Volume volume, Fd image, String path, FileStatus now) {
      Done last = done.get(volume.path() + path);
      if (last != null && Done.isSame(last.source, now)) {
        return false;
      }
      Optional<FileStatus> original = copier.look(image, path);
      return original.isEmpty() || !isSame(volume.folder(), now, image, original.get(), path);
    }

    private boolean isSame(Fd from, FileStatus file, Fd to, FileStatus other, String path) {
      boolean isRead =
          file.isRegularFile()
              && file.sizeBytes() == other.sizeBytes()
              && (file.mtimeSeconds() != other.mtimeSeconds()
                  || file.mtimeNanos() != other.mtimeNanos());
      take(isRead ? file.sizeBytes() : 0);
      return copier.isSame(from, file, to, other, path);
    }

    private void copy(OldRoot.Volume volume, Map<String, FileStatus> changed, Fd rootfs) {
      try (Fd target = linux.openat2(rootfs, beneath(volume), FOLDER, 0, IN_CONTAINER)) {
        changed.forEach(
            (path, status) -> {
              if (FileCopier.copies(status)) {
                copy(volume, path, status, target);
              }
            });
      }
    }

    private void copy(OldRoot.Volume volume, String path, FileStatus status, Fd target) {
      try {
        copyNew(volume, path, status, target);
      } catch (SyscallException e) {
        note(e.summary());
      } catch (PlainFile.NotPlainException | NotYetException e) {
        note(String.valueOf(e.getMessage()));
      }
    }

    private void copyNew(OldRoot.Volume volume, String path, FileStatus status, Fd target) {
      Fd source = volume.folder();
      Optional<FileStatus> there = copier.look(target, path);
      if (there.isPresent()
          && (status.isDirectory() && there.get().isDirectory()
              || isSame(source, status, target, there.get(), path))) {
        return;
      }
      String key = volume.path() + path;
      Done last = done.get(key);
      if (last != null && isUntouched(target, last)) {
        // The file was written on after the last call.
        copier.remove(target, last.at, false);
      }
      String at = path;
      if (!isCopied(source, status, path, target, "")) {
        at = "/" + folderBeside + path;
        if (!isCopied(source, status, path, target, "/" + folderBeside)) {
          note("another file lies where the folder " + BESIDE + " is to be");
          return;
        }
      }
      Optional<FileStatus> copy = copier.look(target, at);
      if (copy.isPresent()) {
        done.put(key, new Done(status, at, copy.get()));
      }
    }

    private boolean isUntouched(Fd target, Done last) {
      return copier.look(target, last.at).filter(now -> Done.isSame(last.copy, now)).isPresent();
    }
  }

  /** Whether its place below a folder was free. */
  private boolean isCopied(Fd source, FileStatus status, String path, Fd target, String below) {
    try {
      for (String folder : foldersOf(below + "/")) {
        makeFolder(linux.stat(source), target, folder);
      }
      for (String folder : foldersOf(path)) {
        Optional<FileStatus> original = copier.look(source, folder);
        original.ifPresent(of -> makeFolder(of, target, below + folder));
      }
      copier.copy(source, status, path, target, below + path);
      return true;
    } catch (SyscallException e) {
      if (e.is(Errno.EEXIST, Errno.ENOTDIR, Errno.ELOOP, Errno.EXDEV)) {
        return false;
      }
      throw e;
    }
  }

  /** Paths of the folders above, from the top. */
  private static List<String> foldersOf(String path) {
    List<String> folders = new ArrayList<>();
    for (int at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) {
      folders.add(path.substring(0, at));
    }
    return folders;
  }

  private void makeFolder(FileStatus original, Fd target, String path) {
    if (copier.look(target, path).isEmpty()) {
      copier.copy(target, original, path, target, path);
    }
  }
}
