package top.xtlsoft.stoppablecontainer.agent.attach;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_CREAT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_EXCL;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_NOFOLLOW;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_PATH;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_WRONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_IN_ROOT;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_MAGICLINKS;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_NO_XDEV;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jnr.constants.platform.Errno;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Names;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.api.AgentReason;

/**
 * Finds or makes the place for a mount in a file system that a container wrote. Symlinks in it are
 * followed as if its root were {@code /}, so that they can't lead out; one that leads nowhere gets
 * what it points at made, as container runtimes do. One that leads onto another mount of the
 * container (a volume, {@code /proc}) is refused: its user may not write there, or a mount may not
 * be laid there.
 */
final class MountPointMaker {

  private static final long RESOLVE = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  private static final int MOST_SYMLINKS = 40;

  private final LinuxSyscalls linux;

  MountPointMaker(LinuxSyscalls linux) {
    this.linux = linux;
  }

  /**
   * Opens the place {@code path} below {@code root}, made where it is missing.
   *
   * @param mounts IDs of the mounts that it may lie on
   * @param directory whether a folder or an empty file is made
   * @param made gets the paths of what is made, folders above it among them
   * @throws RefusedException MountPointConflict if there is something of the other kind, the root
   *     itself, or another mount
   */
  Fd make(Fd root, Set<Long> mounts, String path, boolean directory, List<String> made) {
    long resolve = mounts.size() == 1 ? RESOLVE | RESOLVE_NO_XDEV : RESOLVE;
    Optional<Fd> there = find(root, resolve, path);
    if (there.isPresent()) {
      return checked(there.get(), mounts, path, directory);
    }
    Deque<String> rest = new ArrayDeque<>(parts(path));
    Deque<String> done = new ArrayDeque<>();
    int symlinks = 0;
    try {
      while (!rest.isEmpty()) {
        String part = rest.pop();
        if (part.equals("..")) {
          done.pollLast();
          continue;
        }
        try (Fd above = open(root, resolve, done, O_DIRECTORY)) {
          requireMount(linux.look(above), mounts, path);
          Optional<String> target = linux.readlinkat(above, part);
          if (target.isPresent()) {
            if (++symlinks > MOST_SYMLINKS) {
              throw conflict(path);
            }
            if (target.get().startsWith("/")) {
              done.clear();
            }
            parts(target.get()).reversed().forEach(rest::push);
            continue;
          }
          if (create(above, part, directory || !rest.isEmpty())) {
            made.add("/" + String.join("/", done) + (done.isEmpty() ? "" : "/") + part);
          }
        }
        done.addLast(part);
      }
      return checked(open(root, resolve, done, 0), mounts, path, directory);
    } catch (SyscallException e) {
      if (e.is(Errno.EXDEV)) {
        throw otherMount(path);
      }
      if (e.is(Errno.ENOTDIR, Errno.ELOOP)) {
        throw conflict(path);
      }
      throw e;
    }
  }

  /** The same, for a place that stays when nothing is mounted there any more. */
  Fd make(Fd root, Set<Long> mounts, String path, boolean directory) {
    return make(root, mounts, path, directory, new ArrayList<>());
  }

  /**
   * In one call, as the place was made by an earlier start; what keeps it is found part by part.
   */
  private Optional<Fd> find(Fd root, long resolve, String path) {
    try {
      return Optional.of(linux.openat2(root, Names.beneathRoot(path), O_PATH, 0, resolve));
    } catch (SyscallException e) {
      if (e.is(Errno.EXDEV)) {
        throw otherMount(path);
      }
      if (e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private Fd checked(Fd place, Set<Long> mounts, String path, boolean directory) {
    try {
      // First: on a mount that is no file system of the agent's, to ask for more might not return.
      FileStatus mount = linux.look(place);
      requireMount(mount, mounts, path);
      if (mount.mountRoot() || linux.stat(place).isDirectory() != directory) {
        throw conflict(path);
      }
      return place;
    } catch (RuntimeException e) {
      place.close();
      throw e;
    }
  }

  private static void requireMount(FileStatus place, Set<Long> mounts, String path) {
    if (!mounts.contains(place.mountId())) {
      throw otherMount(path);
    }
  }

  private Fd open(Fd root, long resolve, Deque<String> path, int flags) {
    String name = path.isEmpty() ? "." : String.join("/", path);
    return linux.openat2(root, name, O_PATH | O_NOFOLLOW | flags, 0, resolve);
  }

  /** Whether there was nothing of that name. */
  private boolean create(Fd above, String name, boolean directory) {
    try {
      if (directory) {
        linux.mkdirat(above, name, 0755);
      } else {
        linux.openat(above, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644).close();
      }
      return true;
    } catch (SyscallException e) {
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
      return false;
    }
  }

  private static List<String> parts(String path) {
    return Arrays.stream(path.split("/"))
        .filter(part -> !part.isEmpty() && !part.equals("."))
        .toList();
  }

  private static RefusedException otherMount(String path) {
    return new RefusedException(
        AgentReason.MOUNT_POINT_CONFLICT,
        "the pod mounts something at "
            + Names.toText(path)
            + ", and a link in the file system leads from there onto another mount: remove that"
            + " link or the mount");
  }

  private static RefusedException conflict(String path) {
    return new RefusedException(
        AgentReason.MOUNT_POINT_CONFLICT,
        "the pod mounts something at "
            + Names.toText(path)
            + ", and the file system has something of another kind there: remove that or the mount");
  }
}
