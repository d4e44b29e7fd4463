package top.xtlsoft.stoppablecontainer.operator.kube;

import java.util.List;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSpec;

/**
 * Shortens large StoppableContainers in the cache. Users choose the size of a spec, up to 1.5 MiB
 * each, and the cache holds the specs of all users. A pass that needs an omitted part reads it
 * again.
 */
final class Abridgement {

  /** Bytes of a spec, as JSON, that is kept whole: more than people write by hand. */
  static final int MAX_KEPT_BYTES = 4 * 1024;

  /** Finalizers that are kept; an object that has as many may have more. */
  static final int MAX_FINALIZERS = 16;

  private Abridgement() {}

  /** Removes parts that are too large; changes the object itself. */
  static void abridge(StoppableContainer resource) {
    StoppableContainerSpec spec = resource.getSpec();
    if (spec != null && JsonSize.bytes(spec) > MAX_KEPT_BYTES) {
      resource.setSpec(withoutTemplate(spec));
    }
    if (JsonSize.bytes(resource.getStatus()) > MAX_KEPT_BYTES) {
      // The operator's own statuses are smaller: the next pass writes it again.
      resource.setStatus(null);
    }
  }

  /** Whether the template was removed: the API server accepts no spec without one. */
  static boolean isAbridged(StoppableContainer resource) {
    return resource.getSpec().template() == null;
  }

  /** The same spec without the parts that only a pass reads. */
  static StoppableContainerSpec withoutTemplate(StoppableContainerSpec spec) {
    return new StoppableContainerSpec(
        spec.running(),
        null,
        null,
        spec.hostPathPrefix(),
        spec.source(),
        null,
        spec.schedule(),
        null,
        spec.deleteAfterStopped(),
        spec.idle(),
        spec.whenStopped(),
        spec.park(),
        spec.wake(),
        spec.snapshots());
  }

  /** Some of the finalizers, the project's own among them. */
  static List<String> some(List<String> finalizers) {
    return finalizers.size() <= MAX_FINALIZERS
        ? finalizers
        : finalizers.stream()
            .sorted((one, other) -> Boolean.compare(isOwn(other), isOwn(one)))
            .limit(MAX_FINALIZERS)
            .toList();
  }

  private static boolean isOwn(String finalizer) {
    return finalizer.equals(ApiNames.FINALIZER)
        || finalizer.equals(ApiNames.INSTANCE_FINALIZER)
        || finalizer.equals(ApiNames.SNAPSHOT_FINALIZER);
  }
}
