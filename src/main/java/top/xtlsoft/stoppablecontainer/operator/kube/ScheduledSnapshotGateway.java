package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.operator.model.ScheduledSnapshotFactory;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.SnapshotKeeper;

/** Makes the snapshots that spec.snapshots asks for, and deletes those that are no longer kept. */
public final class ScheduledSnapshotGateway {

  private static final Logger LOG = LoggerFactory.getLogger(ScheduledSnapshotGateway.class);

  private final ObjectCreator creator;
  private final ObjectDeleter deleter;

  public ScheduledSnapshotGateway(KubernetesClient client) {
    creator = new ObjectCreator(client, ConditionReason.SNAPSHOT_REFUSED);
    deleter = new ObjectDeleter(client);
  }

  /** Makes the one that is due, if it is missing. Its events start the next passes. */
  public Pass make(Pass pass) {
    StoppableContainerSnapshot desired =
        SnapshotKeeper.of(pass.observed()).flatMap(SnapshotKeeper::due).orElseThrow();
    String source = desired.getSpec().source().name();
    return switch (creator.create(
        desired, found -> ScheduledSnapshotFactory.isMadeFor(found, source))) {
      case ObjectCreator.Result.Present<StoppableContainerSnapshot>(var snapshot, var made) -> {
        if (made) {
          LOG.info("Snapshot made by schedule: snapshot={}", snapshot.getMetadata().getName());
        }
        yield pass;
      }
      case ObjectCreator.Result.Absent<StoppableContainerSnapshot>(var problem) ->
          pass.leaveUntaken(problem);
    };
  }

  /**
   * Deletes those that are no longer kept, unless they have changed: their user may have taken the
   * label off.
   */
  public void drop(Pass pass) {
    SnapshotKeeper.of(pass.observed())
        .orElseThrow()
        .surplus()
        .forEach(
            snapshot -> {
              deleter.deleteUnchanged(snapshot);
              LOG.info(
                  "Snapshot of a schedule not kept any more: snapshot={}",
                  snapshot.getMetadata().getName());
            });
  }
}
