package top.xtlsoft.stoppablecontainer.agent.process;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
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
  private final List<Fd> held;

  private OldRoot(long device, Set<Long> mounts, List<Fd> held) {
    this.device = device;
    this.mounts = mounts;
    this.held = held;
  }

  /**
   * Takes over these descriptors.
   *
   * @param places the root, then the folders of the image's volumes
   */
  public static OldRoot hold(LinuxSyscalls linux, List<Fd> places) {
    return new OldRoot(
        linux.look(places.getFirst()).dev(),
        places.stream().map(place -> linux.look(place).mountId()).collect(Collectors.toSet()),
        List.copyOf(places));
  }

  /** Whether a file is reached through one of its mounts, or a folder is in its file system. */
  boolean holds(FileStatus file) {
    return file.dev() == device || mounts.contains(file.mountId());
  }

  @Override
  public void close() {
    held.forEach(Fd::close);
  }
}
