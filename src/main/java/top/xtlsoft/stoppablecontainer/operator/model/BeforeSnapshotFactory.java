package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestore;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotSpec;

/** Makes the snapshot that keeps the state before a restore. */
public final class BeforeSnapshotFactory {

  private static final String SUFFIX = "-before";

  /** The snapshot; it belongs to the restore. */
  public StoppableContainerSnapshot snapshot(StoppableContainerRestore restore) {
    String target = restore.getSpec().target().name();
    StoppableContainerSnapshot snapshot = new StoppableContainerSnapshot();
    snapshot.setMetadata(
        new ObjectMetaBuilder()
            .withName(nameFor(restore.getMetadata().getName()))
            .withNamespace(restore.getMetadata().getNamespace())
            .addToLabels(ToolMetadata.NO_BACKUP)
            .addToLabels(ResourceMetadata.labels(target))
            .withFinalizers(ApiNames.SNAPSHOT_FINALIZER)
            .withOwnerReferences(ResourceMetadata.controlledBy(restore))
            .build());
    snapshot.setSpec(
        new StoppableContainerSnapshotSpec(new StoppableContainerSnapshotSpec.Source(target)));
    return snapshot;
  }

  /** Name of the snapshot of a restore, whose own name is short enough. */
  public static String nameFor(String restore) {
    return restore + SUFFIX;
  }
}
