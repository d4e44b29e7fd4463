package top.xtlsoft.stoppablecontainer.agent.filesystem;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.RESOLVE_STRICT;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import jnr.constants.platform.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;
import top.xtlsoft.stoppablecontainer.agent.process.MountEntry;
import top.xtlsoft.stoppablecontainer.agent.process.UserNamespace;

/**
 * Keeps what the agent makes among an instance's files up to date: what runtime hooks wrote into
 * the first root, and mount points. It removes only what it has recorded as its own and what no
 * process has changed since.
 */
public final class MadeFiles {

  private static final Logger LOG = LoggerFactory.getLogger(MadeFiles.class);

  static final String RECORD = "made.json";

  /** Mount points of one instance that are recorded; those beyond stay for good. */
  private static final int MOST_MOUNT_POINTS = 2_000;

  private static final int MOST_RECORD_BYTES = 4 << 20;
  private static final int MOUNT_POINT_FOLDER = 0755;
  private static final int MOUNT_POINT_FILE = 0644;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final LinuxSyscalls linux;
  private final FileSystemStore store;
  private final FirstRootUpper firstRootUpper;
  private final HookFiles hookFiles;
  private final FileCopier copier;

  public MadeFiles(LinuxSyscalls linux, Node node, FileSystemStore store) {
    this.linux = linux;
    this.store = store;
    this.firstRootUpper = new FirstRootUpper(linux, node);
    this.hookFiles = new HookFiles(linux);
    this.copier = new FileCopier(linux, true);
  }

  /**
   * Brings files up to date before a container gets the file system as its root. Done at the cost
   * of a look where no hook wrote anything and no mount point is outdated.
   *
   * @param root the container's first root, which the runtime made over the instance's image
   * @param firstRoot the same, open
   * @param rootfs root of the mounted file system, in which no process is
   * @param users user namespace that the file system is mounted for
   * @param places paths where the container has mounts, and its working directory
   */
  public void bringUp(
      Instance instance,
      MountEntry root,
      Fd firstRoot,
      Fd rootfs,
      UserNamespace users,
      Set<String> places) {
    inFolder(
        instance,
        folder -> {
          try {
            bringUp(folder, root, firstRoot, rootfs, users, places);
          } catch (TreeListing.TooMuchException e) {
            LOG.warn(
                "Runtime hooks wrote more than is brought along, nothing is: {}", e.getMessage());
          }
        });
  }

  private void bringUp(
      InstanceFolder folder,
      MountEntry root,
      Fd firstRoot,
      Fd rootfs,
      UserNamespace users,
      Set<String> places) {
    MadeRecord before = read(folder);
    MadeRecord record = withoutOutdated(before, rootfs, users, places);
    if (record != before) {
      write(folder, record);
    }
    List<String> found = firstRootUpper.paths(root, places);
    if (found.isEmpty() && record.hookFiles().isEmpty()) {
      return;
    }
    if (!users.isNodes()) {
      LOG.warn("Files of runtime hooks not brought into a user namespace: count={}", found.size());
      return;
    }
    try (Fd upper = folder.upper().orElseThrow()) {
      hookFiles.bringUp(
          new HookFiles.Roots(firstRoot, rootfs, upper),
          found,
          record.hookFiles(),
          files -> write(folder, record.withHookFiles(files)));
    }
  }

  /** Records mount points, to be removed when nothing is mounted there any more. */
  public void note(Instance instance, List<String> mountPoints) {
    inFolder(
        instance,
        folder -> {
          MadeRecord before = read(folder);
          Set<String> all = new HashSet<>(before.mountPoints());
          mountPoints.stream().limit(Math.max(0, MOST_MOUNT_POINTS - all.size())).forEach(all::add);
          write(folder, before.withMountPoints(all.stream().sorted().toList()));
        });
  }

  private void inFolder(Instance instance, Consumer<InstanceFolder> work) {
    try (InstanceFolder folder = store.find(instance).orElseThrow()) {
      work.accept(folder);
    } catch (SyscallException e) {
      if (!isWithoutRoom(e)) {
        throw e;
      }
      LOG.warn("No room to note what the agent makes in a file system: {}", e.summary());
    }
  }

  /** A container starts on a full disk, too: its user may want to remove files. */
  static boolean isWithoutRoom(SyscallException e) {
    return e.is(Errno.ENOSPC, Errno.EDQUOT, Errno.EROFS);
  }

  private MadeRecord withoutOutdated(
      MadeRecord record, Fd rootfs, UserNamespace users, Set<String> places) {
    Set<String> used = new HashSet<>();
    for (String place : places) {
      for (int at = place.length(); at > 0; at = place.lastIndexOf('/', at - 1)) {
        used.add(place.substring(0, at));
      }
    }
    List<String> outdated =
        record.mountPoints().stream().filter(path -> !used.contains(path)).sorted().toList();
    if (outdated.isEmpty()) {
      return record;
    }
    outdated.reversed().forEach(path -> removeMountPoint(rootfs, users, path));
    LOG.info("Mount points of volumes that are no more removed: count={}", outdated.size());
    List<String> rest = new ArrayList<>(record.mountPoints());
    rest.removeAll(new HashSet<>(outdated));
    return record.withMountPoints(rest);
  }

  /** One that has content, another owner or other permissions has become the user's. */
  private void removeMountPoint(Fd rootfs, UserNamespace users, String path) {
    Optional<FileStatus> there = copier.look(rootfs, path);
    if (there.isEmpty() || there.get().uid() != users.firstUid()) {
      return;
    }
    FileStatus status = there.get();
    if (status.isDirectory() && status.permissions() == MOUNT_POINT_FOLDER) {
      copier.remove(rootfs, path, true);
    } else if (status.isRegularFile()
        && status.sizeBytes() == 0
        && status.permissions() == MOUNT_POINT_FILE) {
      copier.remove(rootfs, path, false);
    }
  }

  private MadeRecord read(InstanceFolder folder) {
    try (Fd fd = linux.openat2(folder.fd(), RECORD, O_RDONLY, 0, RESOLVE_STRICT)) {
      MadeRecord record = JSON.readValue(linux.read(fd, MOST_RECORD_BYTES), MadeRecord.class);
      return record.version() == MadeRecord.VERSION ? record : MadeRecord.EMPTY;
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return MadeRecord.EMPTY;
      }
      throw e;
    } catch (IOException e) {
      // A power cut may leave it so where it names mount points alone. All there is the user's now.
      LOG.warn("Record of what the agent made can't be read, begun anew: {}", RECORD);
      return MadeRecord.EMPTY;
    }
  }

  private void write(InstanceFolder folder, MadeRecord record) {
    try {
      folder.write(RECORD, JSON.writeValueAsBytes(record), !record.hookFiles().isEmpty());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record of strings is always JSON", e);
    }
  }
}
