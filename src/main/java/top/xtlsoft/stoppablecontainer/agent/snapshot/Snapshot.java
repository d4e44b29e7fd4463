package top.xtlsoft.stoppablecontainer.agent.snapshot;

import java.util.Optional;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.api.SnapshotReport;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotStatus;

/**
 * What the node's work needs to know of a snapshot.
 *
 * @param name its name
 * @param uid its UID
 * @param source the instance that it is taken of
 * @param reported whether the agent has reported it as taken
 */
record Snapshot(String name, String uid, Instance source, boolean reported) {

  Snapshot {
    // The API server lets nothing else through; here a name becomes a folder's name.
    if (!name.matches("[a-z0-9]([a-z0-9.-]*[a-z0-9])?")) {
      throw new IllegalArgumentException("not a name of Kubernetes: " + name);
    }
  }

  /** The snapshot that the operator has ordered; empty while it has not. */
  static Optional<Snapshot> of(StoppableContainerSnapshot resource) {
    StoppableContainerSnapshotStatus order = resource.getStatus();
    if (order == null || order.sourceUID() == null) {
      return Optional.empty();
    }
    return Storage.of(order)
        .map(
            storage ->
                new Snapshot(
                    resource.getMetadata().getName(),
                    resource.getMetadata().getUid(),
                    new Instance(
                        resource.getMetadata().getNamespace(),
                        resource.getSpec().source().name(),
                        order.sourceUID(),
                        storage,
                        String.valueOf(order.image())),
                    SnapshotReport.isTaken(order.agent())));
  }
}
