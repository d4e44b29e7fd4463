package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_IN_ROOT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_MAGICLINKS;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_XDEV;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_STRICT;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import jnr.constants.platform.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Node;
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

  private static final String UPPERDIR = "upperdir=";
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
  private final Map<String, FileStatus> done = new HashMap<>();
  private int copied;
  private int beside;

  /**
   * How much one call copies.
   *
   * @param names of files in one VOLUME folder that are looked at
   * @param bytes of files in one VOLUME folder that are copied
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
   * @param disk device that the runtime keeps its folders on: no other is read
   * @param container names the container, among those whose files lie in one folder
   */
  public VolumeFiles(LinuxSyscalls linux, OldRoot oldRoot, OptionalLong disk, String container) {
    this.linux = linux;
    this.disk = disk;
    this.copier = new FileCopier(linux);
    this.oldRoot = oldRoot;
    this.folderBeside = BESIDE + "/" + container;
  }

  /**
   * The device that the runtime keeps its folders on: that of the upper folder of its overlay. Its
   * layers may be mounts for one user namespace, which are gone by now.
   *
   * @param firstRoot a container's first root
   * @return empty when there is none
   */
  public static OptionalLong diskOf(LinuxSyscalls linux, Node node, MountEntry firstRoot) {
    Optional<String> upper =
        firstRoot.superOptions().stream()
            .filter(option -> option.startsWith(UPPERDIR))
            .map(option -> Names.beneathRoot(option.substring(UPPERDIR.length())))
            .findFirst();
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
    return copied;
  }

  /** The folder for files whose own path is taken, below that of the image. */
  public String folderBeside() {
    return folderBeside;
  }

  /** How many files were copied to {@link #folderBeside}. */
  public int beside() {
    return beside;
  }

  /**
   * Copies what has been written since the last call.
   *
   * @param rootfs root of the file system, in which processes may be at work
   * @throws NotCopiedException if files can't be copied within the limit
   * @throws SyscallException ENOENT and the like if a process removes one meanwhile
   */
  public void copy(Fd rootfs, Limit limit) {
    try {
      for (OldRoot.Volume volume : oldRoot.volumes()) {
        List<String> changed = isRuntimes(volume) ? changed(volume, limit) : List.of();
        if (!changed.isEmpty()) {
          copy(volume, changed, rootfs);
        }
      }
    } catch (TreeListing.TooMuchException | PlainFile.NotPlainException e) {
      throw new NotCopiedException(e.getMessage());
    } catch (SyscallException e) {
      if (!MadeFiles.isWithoutRoom(e)) {
        throw e;
      }
      throw new NotCopiedException("no room for them: " + e.errno().name());
    }
  }

  private boolean isRuntimes(OldRoot.Volume volume) {
    boolean its = disk.equals(OptionalLong.of(linux.look(volume.folder()).dev()));
    if (!its) {
      LOG.info("VOLUME folder not on the disk of the runtime, its early files are not kept");
    }
    return its;
  }

  /** Paths of what the image does not have so, and that is not copied yet. */
  private List<String> changed(OldRoot.Volume volume, Limit limit) {
    Fd source = volume.folder();
    try (Fd image = linux.openat2(oldRoot.root(), beneath(volume), FOLDER, 0, IN_IMAGE)) {
      List<String> changed =
          TreeListing.paths(
              linux,
              source,
              limit.names,
              _ -> true,
              path -> isChanged(source, image, volume.path(), path));
      requireFewEnough(source, changed, limit);
      return changed;
    }
  }

  private void copy(OldRoot.Volume volume, List<String> changed, Fd rootfs) {
    Fd source = volume.folder();
    try (Fd target = folderIn(rootfs, volume)) {
      for (String path : changed) {
        Optional<FileStatus> status = copier.look(source, path);
        if (status.isPresent() && FileCopier.copies(status.get())) {
          copy(source, status.get(), path, target);
          done.put(volume.path() + path, status.get());
        }
      }
    }
  }

  /** The attach has made it, but a process may have removed it since. */
  private Fd folderIn(Fd rootfs, OldRoot.Volume volume) {
    try {
      return linux.openat2(rootfs, beneath(volume), FOLDER, 0, IN_CONTAINER);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP, Errno.EXDEV)) {
        throw new NotCopiedException("the folder is gone");
      }
      throw e;
    }
  }

  private static String beneath(OldRoot.Volume volume) {
    return Names.beneathRoot(volume.path());
  }

  /** Whether it is not as in the image, nor as at the last copy. */
  private boolean isChanged(Fd source, Fd image, String volume, String path) {
    Optional<FileStatus> now = copier.look(source, path);
    return now.isPresent()
        && !isDone(volume + path, now.get())
        && copier
            .look(image, path)
            .filter(original -> copier.isSame(source, now.get(), image, original, path))
            .isEmpty();
  }

  private boolean isDone(String path, FileStatus now) {
    FileStatus then = done.get(path);
    return then != null
        && then.sameFile(now)
        && then.ctimeSeconds() == now.ctimeSeconds()
        && then.ctimeNanos() == now.ctimeNanos();
  }

  private void requireFewEnough(Fd source, List<String> paths, Limit limit) {
    long bytes =
        paths.stream()
            .flatMap(path -> copier.look(source, path).stream())
            .filter(FileStatus::isRegularFile)
            .mapToLong(FileStatus::sizeBytes)
            .sum();
    if (bytes > limit.bytes) {
      throw new TreeListing.TooMuchException(paths.size() + " files, " + bytes + " bytes");
    }
  }

  private void copy(Fd source, FileStatus status, String path, Fd target) {
    if (isThere(source, status, path, target)) {
      return;
    }
    if (isCopied(source, status, path, target, "")) {
      copied++;
    } else if (isCopied(source, status, path, target, "/" + folderBeside)) {
      beside++;
    } else {
      throw new NotCopiedException("another file lies where the folder " + BESIDE + " is to be");
    }
  }

  private boolean isThere(Fd source, FileStatus status, String path, Fd target) {
    return copier
        .look(target, path)
        .filter(
            there ->
                status.isDirectory() && there.isDirectory()
                    || copier.isSame(source, status, target, there, path))
        .isPresent();
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
