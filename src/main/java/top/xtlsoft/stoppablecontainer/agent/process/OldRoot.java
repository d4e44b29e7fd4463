package top.xtlsoft.stoppablecontainer.agent.process;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

/**
 * The root that a container had before its attach, with the folders of the image's volumes that lay
 * on it. What is written there is in no file system that anyone keeps. It is held open: so long no
 * other mount gets the number of one of its mounts.
 */
public final class OldRoot implements AutoCloseable {

  private final long device;
  private final Set<Long> mounts;
  private final Fd root;
  private final List<Volume> volumes;
  private boolean closed;
  private int users;

  /**
   * A folder that the image calls VOLUME, with the mount that the runtime laid over it.
   *
   * @param path its path in the container
   * @param folder root of that mount
   */
  public record Volume(String path, Fd folder) {}

  private OldRoot(long device, Set<Long> mounts, Fd root, List<Volume> volumes) {
    this.device = device;
    this.mounts = mounts;
    this.root = root;
    this.volumes = List.copyOf(volumes);
  }

  /** Takes over these descriptors. */
  public static OldRoot hold(LinuxSyscalls linux, Fd root, List<Volume> volumes) {
    Set<Long> mounts =
        Stream.concat(Stream.of(root), volumes.stream().map(Volume::folder))
            .map(place -> linux.look(place).mountId())
            .collect(Collectors.toSet());
    return new OldRoot(linux.look(root).dev(), mounts, root, volumes);
  }

  /** The root, which shows the image: nothing is mounted on it any more. */
  public Fd root() {
    return root;
  }

  /** Folders of the image's volumes, as processes saw them before the attach. */
  public List<Volume> volumes() {
    return volumes;
  }

  /** Whether a file is reached through one of its mounts, or a folder is in its file system. */
  boolean holds(FileStatus file) {
    return file.dev() == device || mounts.contains(file.mountId());
  }

  /**
   * Works with its descriptors, which are not closed meanwhile.
   *
   * @return false without any work if they are closed already
   */
  public boolean whileOpen(Runnable work) {
    if (!begin()) {
      return false;
    }
    try {
      work.run();
    } finally {
      end();
    }
    return true;
  }

  private synchronized boolean begin() {
    if (!closed) {
      users++;
    }
    return !closed;
  }

  private synchronized void end() {
    users--;
    closeIfUnused();
  }

  /** Waits for no work: who works with the descriptors last closes them. */
  @Override
  public synchronized void close() {
    closed = true;
    closeIfUnused();
  }

  private void closeIfUnused() {
    if (closed && users == 0) {
      root.close();
      volumes.forEach(volume -> volume.folder.close());
    }
  }
}
