package top.xtlsoft.stoppablecontainer.operator.plan;

import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;

/** Changes of an instance's spec, which the agent reads. */
final class InstanceSpecs {

  private InstanceSpecs() {}

  /**
   * The spec with a node, which is set once, and with {@code running}; empty if nothing changes.
   */
  static Optional<StoppableContainerInstanceSpec> change(
      StoppableContainerInstance instance, Optional<String> nodeName, boolean running) {
    StoppableContainerInstanceSpec now = instance.getSpec();
    StoppableContainerInstanceSpec next =
        new StoppableContainerInstanceSpec(
            now.nodeName() == null ? nodeName.orElse(null) : now.nodeName(),
            now.hostPathPrefix(),
            now.image(),
            running,
            now.source(),
            now.sizeBytes(),
            now.idle());
    return Optional.of(next).filter(spec -> !spec.equals(now));
  }
}
