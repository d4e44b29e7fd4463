package top.xtlsoft.stoppablecontainer.operator.plan;

import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;

/** What the agent is to be told next. */
final class InstanceSpecs {

  private InstanceSpecs() {}

  /** The spec with a node, which is set once, and with {@code running}; empty if it says so yet. */
  static Optional<StoppableContainerInstanceSpec> change(
      StoppableContainerInstance instance, Optional<String> nodeName, boolean running) {
    StoppableContainerInstanceSpec now = instance.getSpec();
    StoppableContainerInstanceSpec next =
        new StoppableContainerInstanceSpec(
            now.nodeName() == null ? nodeName.orElse(null) : now.nodeName(),
            now.hostPathPrefix(),
            now.image(),
            running);
    return Optional.of(next).filter(spec -> !spec.equals(now));
  }
}
