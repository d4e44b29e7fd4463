package top.xtlsoft.stoppablecontainer.agent.filesystem.store;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotStatus;

/**
 * Where the spec of an instance has its file system kept.
 *
 * @param hostPathPrefix folder of the node below which it is kept
 * @param sizeBytes size of the disk image that it is kept in; null for a folder without a limit
 */
public record Storage(String hostPathPrefix, @Nullable Long sizeBytes) {

  /** A folder without a limit. */
  public Storage(String hostPathPrefix) {
    this(hostPathPrefix, null);
  }

  /** The storage that an instance's spec names. */
  public static Storage of(StoppableContainerInstanceSpec spec) {
    return new Storage(spec.hostPathPrefix(), spec.sizeBytes());
  }

  /** The storage that the operator's order of a snapshot names; empty while there is no order. */
  public static Optional<Storage> of(StoppableContainerSnapshotStatus order) {
    return Optional.ofNullable(order.hostPathPrefix()).map(Storage::new);
  }
}
