package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.Objects;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.CloneSource;
import top.xtlsoft.stoppablecontainer.api.IdleOrder;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSpec;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;

/**
 * Makes the instance of a StoppableContainer: not yet running, and bound to no node yet unless it
 * is a clone.
 */
public final class InstanceFactory {

  /**
   * The desired instance. It has its finalizer from the beginning, so that each file system on a
   * node has an instance.
   */
  public StoppableContainerInstance instance(
      StoppableContainer resource,
      NormalizedTemplate template,
      String hostPathPrefix,
      Optional<StoppableContainerSnapshot> source) {
    String name = resource.getMetadata().getName();
    StoppableContainerInstance instance = new StoppableContainerInstance();
    instance.setMetadata(
        new ObjectMetaBuilder()
            .withName(name)
            .withNamespace(resource.getMetadata().getNamespace())
            .addToLabels(ToolMetadata.NO_BACKUP)
            .addToLabels(ResourceMetadata.labels(name))
            .withAnnotations(
                UserAnnotation.on(resource, UserAnnotation.ADOPT, UserAnnotation.TRACE))
            .withFinalizers(ApiNames.INSTANCE_FINALIZER)
            .withOwnerReferences(ResourceMetadata.controlledBy(resource))
            .build());
    instance.setSpec(
        source
            .map(snapshot -> clone(hostPathPrefix, snapshot, resource.getSpec()))
            .orElseGet(
                () ->
                    new StoppableContainerInstanceSpec(
                        null,
                        hostPathPrefix,
                        template.image(),
                        false,
                        null,
                        resource.getSpec().sizeBytes()))
            .withIdle(IdleOrder.of(resource)));
    return instance;
  }

  /** A clone lies on the node and on the image of its snapshot. */
  private static StoppableContainerInstanceSpec clone(
      String hostPathPrefix, StoppableContainerSnapshot snapshot, StoppableContainerSpec spec) {
    StoppableContainerSnapshotStatus status = snapshot.getStatus();
    CloneSource source = spec.source();
    return new StoppableContainerInstanceSpec(
        status.nodeName(),
        hostPathPrefix,
        Objects.requireNonNull(status.image()),
        false,
        new StoppableContainerInstanceSpec.Source(
            snapshot.getMetadata().getName(),
            snapshot.getMetadata().getUid(),
            status.imageID(),
            null,
            null,
            null,
            source == null || source.resetIdentity() == null
                ? null
                : source.resetIdentity().orDefault(),
            null,
            null),
        spec.sizeBytes());
  }
}
