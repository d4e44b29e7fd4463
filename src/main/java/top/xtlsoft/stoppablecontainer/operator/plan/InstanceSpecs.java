package top.xtlsoft.stoppablecontainer.operator.plan;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.IdleOrder;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;

/** Changes of an instance's spec, which the agent reads. */
final class InstanceSpecs {

  private InstanceSpecs() {}

  /**
   * The spec of a start, with what is to be looked for while it runs; empty if nothing changes, or
   * if there is no node yet.
   */
  static Optional<StoppableContainerInstanceSpec> start(
      StoppableContainerInstance instance, Optional<String> nodeName, @Nullable IdleOrder idle) {
    return change(instance, nodeName, true)
        .filter(spec -> spec.nodeName() != null)
        .map(
            spec ->
                new StoppableContainerInstanceSpec(
                    spec.nodeName(),
                    spec.hostPathPrefix(),
                    spec.image(),
                    spec.running(),
                    spec.source(),
                    spec.sizeBytes(),
                    idle));
  }

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
