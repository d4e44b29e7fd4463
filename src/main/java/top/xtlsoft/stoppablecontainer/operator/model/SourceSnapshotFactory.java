package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotSpec;

/** Makes the snapshot that a clone of a StoppableContainer is made of. */
public final class SourceSnapshotFactory {

  private static final String SUFFIX = "-source";

  /** The snapshot; it belongs to the clone. */
  public StoppableContainerSnapshot snapshot(StoppableContainer clone, String containerName) {
    StoppableContainerSnapshot snapshot = new StoppableContainerSnapshot();
    snapshot.setMetadata(
        new ObjectMetaBuilder()
            .withName(nameFor(clone.getMetadata().getName()))
            .withNamespace(clone.getMetadata().getNamespace())
            .addToLabels(ToolMetadata.NO_BACKUP)
            .addToLabels(ResourceMetadata.labels(clone.getMetadata().getName()))
            .withFinalizers(ApiNames.SNAPSHOT_FINALIZER)
            .withOwnerReferences(ResourceMetadata.controlledBy(clone))
            .build());
    snapshot.setSpec(
        new StoppableContainerSnapshotSpec(
            new StoppableContainerSnapshotSpec.Source(containerName)));
    return snapshot;
  }

  /** Name of the snapshot of a clone. */
  public static String nameFor(String clone) {
    return SnapshotName.of(clone, SUFFIX);
  }
}
