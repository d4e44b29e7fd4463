package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import top.xtlsoft.stoppablecontainer.api.AdoptAnnotation;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.TraceAnnotation;

/** Makes the instance of a StoppableContainer: not yet bound to a node, not yet running. */
public final class InstanceFactory {

  /**
   * The desired instance. It has its finalizer from the beginning, so that each file system on a
   * node has an instance.
   */
  public StoppableContainerInstance instance(
      StoppableContainer resource, NormalizedTemplate template, String hostPathPrefix) {
    String name = resource.getMetadata().getName();
    StoppableContainerInstance instance = new StoppableContainerInstance();
    instance.setMetadata(
        new ObjectMetaBuilder()
            .withName(name)
            .withNamespace(resource.getMetadata().getNamespace())
            .addToLabels(ToolMetadata.NO_BACKUP)
            .addToLabels(ResourceMetadata.labels(name))
            .withAnnotations(AdoptAnnotation.addTo(TraceAnnotation.copyOf(resource), resource))
            .withFinalizers(ApiNames.INSTANCE_FINALIZER)
            .withOwnerReferences(ResourceMetadata.controlledBy(resource))
            .build());
    instance.setSpec(
        new StoppableContainerInstanceSpec(null, hostPathPrefix, template.image(), false));
    return instance;
  }
}
