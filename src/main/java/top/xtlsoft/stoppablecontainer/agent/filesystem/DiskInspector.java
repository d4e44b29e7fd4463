package top.xtlsoft.stoppablecontainer.agent.filesystem;

import java.util.Optional;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.linux.FileSystemStatus;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;

/** Looks whether the disk that keeps a file system has room for what a container writes. */
public final class DiskInspector {

  /** Less than a hundredth left is as good as full: the next write of some size fails. */
  private static final long SHARE = 100;

  private final FileSystemStore store;

  public DiskInspector(FileSystemStore store) {
    this.store = store;
  }

  /** What is wrong with the disk; empty when nothing is, or there is no folder yet. */
  public Optional<ConditionReason> pressure(Instance instance) {
    return store.look(instance, folder -> pressure(folder.space()));
  }

  private static Optional<ConditionReason> pressure(FileSystemStatus disk) {
    if (disk.readOnly()) {
      return Optional.of(ConditionReason.READ_ONLY_FILE_SYSTEM);
    }
    if (disk.blocks() > 0 && disk.blocksAvailable() < Math.ceilDiv(disk.blocks(), SHARE)) {
      return Optional.of(ConditionReason.NO_SPACE_LEFT);
    }
    if (disk.files() > 0 && disk.filesFree() < Math.ceilDiv(disk.files(), SHARE)) {
      return Optional.of(ConditionReason.NO_INODES_LEFT);
    }
    return Optional.empty();
  }
}
