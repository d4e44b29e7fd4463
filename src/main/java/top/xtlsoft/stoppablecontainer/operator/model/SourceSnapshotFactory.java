package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.Sha256;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotSpec;

/** Makes the snapshot that a clone of a StoppableContainer is made of. */
public final class SourceSnapshotFactory {

  private static final String SUFFIX = "-source";
  private static final int MOST_NAME_CHARS = 63;
  private static final int HASH_DIGITS = 8;

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
    String name = clone + SUFFIX;
    return name.length() <= MOST_NAME_CHARS
        ? name
        : clone.substring(0, MOST_NAME_CHARS - SUFFIX.length() - HASH_DIGITS - 1)
            + "-"
            + Sha256.hex(clone).substring(0, HASH_DIGITS)
            + SUFFIX;
  }
}
