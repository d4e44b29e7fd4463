package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Comparator.comparing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.filesystem.MadeRecord.HookFile;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.Sha256;

/**
 * Brings what runtime hooks wrote into a container's first root (links and caches of a GPU's
 * libraries) into its file system, and takes away what is outdated.
 *
 * <p>At each path where the agent made something, the file system has what the first root has now.
 * All else that lies in the upper folder is the user's: the agent neither replaces nor removes it.
 * No process of the container runs meanwhile.
 */
final class HookFiles {

  private static final Logger LOG = LoggerFactory.getLogger(HookFiles.class);

  /** Bytes of all files that one attach copies. */
  static final long MOST_BYTES = 1L << 30;

  private static final int COPY_DIGITS = 16;

  private final FileCopier copier;

  /** Three views of the same paths. */
  record Roots(Fd first, Fd rootfs, Fd upper) {}

  HookFiles(LinuxSyscalls linux) {
    this.copier = new FileCopier(linux, true);
  }

  /**
   * Makes the file system agree with the first root.
   *
   * @param found paths that runtime hooks may have written
   * @param made what the agent made at earlier attaches
   * @param write writes a record to disk before and after files are changed; it is not called when
   *     there is nothing to change
   * @throws TreeListing.TooMuchException before anything is changed
   */
  void bringUp(
      Roots roots, List<String> found, List<HookFile> made, Consumer<List<HookFile>> write) {
    Change change = new Change(roots, made);
    change.plan(found);
    change.carryOut(write);
  }

  /** What one attach changes. */
  private final class Change {

    private final Roots roots;
    private final int recorded;
    private final Set<String> begun;
    private final Map<String, HookFile> own = new TreeMap<>();
    private final Map<String, FileStatus> wanted = new LinkedHashMap<>();
    private final Map<String, FileStatus> put = new LinkedHashMap<>();
    private final List<HookFile> outdated = new ArrayList<>();
    private final Map<String, String> copies = new HashMap<>();
    private final Set<String> kept = new LinkedHashSet<>();

    Change(Roots roots, List<HookFile> made) {
      this.roots = roots;
      this.recorded = made.size();
      this.begun =
          made.stream().filter(HookFile::begun).map(HookFile::path).collect(Collectors.toSet());
      made.forEach(file -> own.put(file.path(), file));
    }

    void plan(List<String> found) {
      own.values().removeIf(file -> !isUntouched(file));
      for (String path : found) {
        copier.look(roots.first, path).ifPresent(source -> want(path, source));
      }
      for (HookFile file : List.copyOf(own.values())) {
        Optional<FileStatus> source = copier.look(roots.first, file.path());
        if (source.isPresent()) {
          want(file.path(), source.get());
        } else {
          outdated.add(file);
          own.remove(file.path());
        }
      }
      wanted.forEach(
          (path, source) -> {
            if (isToPut(path, source)) {
              put.put(path, source);
              copies.put(path, copyOf(path, source));
            }
          });
      requireFewEnough();
    }

    private void requireFewEnough() {
      long bytes =
          put.values().stream()
              .filter(FileStatus::isRegularFile)
              .mapToLong(FileStatus::sizeBytes)
              .sum();
      Set<String> all = new HashSet<>(own.keySet());
      all.addAll(put.keySet());
      long characters = all.stream().mapToLong(String::length).sum();
      if (bytes > MOST_BYTES
          || all.size() > TreeListing.MOST_PATHS
          || characters > 2 * TreeListing.MOST_CHARACTERS) {
        throw new TreeListing.TooMuchException(all.size() + " files, " + bytes + " bytes");
      }
    }

    void carryOut(Consumer<List<HookFile>> write) {
      if (!kept.isEmpty()) {
        LOG.info(
            "Own files kept instead of those of runtime hooks: files={}, first={}",
            kept.size(),
            Names.toText(kept.iterator().next()));
      }
      if (put.isEmpty() && outdated.isEmpty()) {
        if (own.size() != recorded) {
          write.accept(List.copyOf(own.values()));
        }
        return;
      }
      write.accept(during());
      try {
        outdated.sort(comparing(HookFile::path).reversed());
        outdated.forEach(file -> remove(file.path()));
        put.forEach(this::put);
      } catch (SyscallException e) {
        if (!MadeFiles.isWithoutRoom(e)) {
          throw e;
        }
        LOG.warn("No room for files of runtime hooks: {}", e.summary());
        copies.values().forEach(this::remove);
      }
      write.accept(List.copyOf(own.values()));
      LOG.info(
          "Files of runtime hooks brought up to date: files={}, removed={}",
          put.size(),
          outdated.size());
    }

    /** What may be found after an agent has ended in the middle of this. */
    private List<HookFile> during() {
      Map<String, HookFile> files = new TreeMap<>(own);
      outdated.forEach(file -> files.put(file.path(), file));
      put.keySet().forEach(path -> files.put(path, HookFile.begun(path)));
      copies.values().forEach(path -> files.put(path, HookFile.begun(path)));
      return List.copyOf(files.values());
    }

    /**
     * A file is copied beside its place first: what is there stays if there is no room. By the same
     * name each time, so that attempts that fail leave one copy.
     */
    private static String copyOf(String path, FileStatus source) {
      return source.isDirectory()
          ? path
          : path.substring(0, path.lastIndexOf('/') + 1)
              + ".sc-hook-"
              + Sha256.hex(path.getBytes(ISO_8859_1)).substring(0, COPY_DIGITS);
    }

    private void put(String path, FileStatus source) {
      String copy = copies.get(path);
      copier.copy(roots.first, source, path, roots.rootfs, copy);
      copies.remove(path);
      if (!copy.equals(path)) {
        if (copier.look(roots.rootfs, path).filter(FileStatus::isDirectory).isPresent()) {
          LOG.info("Folder kept instead of a file of a runtime hook: {}", Names.toText(path));
          remove(copy);
          return;
        }
        copier.putInPlace(roots.rootfs, copy, path);
      }
      own.put(path, HookFile.of(path, copier.look(roots.upper, path).orElseThrow()));
    }

    /** Whether what lies there is what the agent made, and no process has changed it since. */
    private boolean isUntouched(HookFile file) {
      // An agent that makes a file ends before any process of the container runs.
      return file.begun()
          || copier
              .look(roots.upper, file.path())
              .filter(there -> there.ino() == file.inode())
              .filter(there -> there.isDirectory() || HookFile.of(file.path(), there).equals(file))
              .isPresent();
    }

    /** Takes a path in after the folders above it that the file system lacks. */
    private void want(String path, FileStatus source) {
      if (!FileCopier.copies(source)) {
        kept.add(path);
        return;
      }
      for (int at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) {
        String folder = path.substring(0, at);
        Optional<FileStatus> there = copier.look(roots.rootfs, folder);
        boolean isFolder = there.filter(FileStatus::isDirectory).isPresent();
        if (there.isPresent() && !isFolder && !own.containsKey(folder)) {
          kept.add(path);
          return;
        }
        if (!isFolder) {
          copier.look(roots.first, folder).ifPresent(status -> wanted.put(folder, status));
        }
      }
      wanted.put(path, source);
    }

    private boolean isToPut(String path, FileStatus source) {
      Optional<FileStatus> there = copier.look(roots.rootfs, path);
      HookFile mine = own.get(path);
      if (isUsers(copyOf(path, source), path)) {
        kept.add(path);
        return false;
      }
      if (there.isEmpty()) {
        return true;
      }
      boolean otherKind = there.get().isDirectory() != source.isDirectory();
      if (!otherKind && source.isDirectory()) {
        return begun.contains(path);
      }
      if (mine == null && (otherKind || isInUpper(path))) {
        if (!copier.isSame(roots.first, source, roots.rootfs, there.get(), path)) {
          kept.add(path);
        }
        return false;
      }
      if (otherKind) {
        outdated.add(mine);
        return true;
      }
      return begun.contains(path)
          || !copier.isSame(roots.first, source, roots.rootfs, there.get(), path);
    }

    /** Whether something lies where the copy is to be made that no agent has left there. */
    private boolean isUsers(String copy, String path) {
      return !copy.equals(path)
          && !begun.contains(copy)
          && copier.look(roots.rootfs, copy).isPresent();
    }

    private boolean isInUpper(String path) {
      return copier.look(roots.upper, path).isPresent();
    }

    private void remove(String path) {
      copier
          .look(roots.upper, path)
          .flatMap(there -> copier.look(roots.rootfs, path))
          .ifPresent(there -> copier.remove(roots.rootfs, path, there.isDirectory()));
    }
  }
}
