package top.xtlsoft.stoppablecontainer.operator.kube;

import java.util.List;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSpec;

/**
 * What the cache keeps of a StoppableContainer whose spec is large. Users decide how large it is,
 * up to 1.5 MiB each, and the cache holds those of all users: what is left out here is read again
 * by the pass that needs it.
 */
final class Abridgement {

  /** Bytes of a spec, as JSON, that is kept as it is: what people write by hand. */
  static final int MOST_KEPT_BYTES = 4 * 1024;

  /** Finalizers that are kept; one that has as many may have more. */
  static final int MOST_FINALIZERS = 16;

  private Abridgement() {}

  /** Leaves out what is too large to be kept: of the object itself, not of a copy. */
  static void abridge(StoppableContainer resource) {
    StoppableContainerSpec spec = resource.getSpec();
    if (spec != null && JsonSize.bytes(spec) > MOST_KEPT_BYTES) {
      resource.setSpec(withoutTemplate(spec));
    }
    if (JsonSize.bytes(resource.getStatus()) > MOST_KEPT_BYTES) {
      // The operator's own are smaller: the next pass writes it anew.
      resource.setStatus(null);
    }
  }

  /** Whether the template was left out: the API server takes no spec without one. */
  static boolean isAbridged(StoppableContainer resource) {
    return resource.getSpec().template() == null;
  }

  /** The same spec without what only a pass over it reads. */
  static StoppableContainerSpec withoutTemplate(StoppableContainerSpec spec) {
    return new StoppableContainerSpec(spec.running(), null, null, spec.hostPathPrefix());
  }

  /** Some of the finalizers, the project's own among them. */
  static List<String> some(List<String> finalizers) {
    return finalizers.size() <= MOST_FINALIZERS
        ? finalizers
        : finalizers.stream()
            .sorted((one, other) -> Boolean.compare(isOwn(other), isOwn(one)))
            .limit(MOST_FINALIZERS)
            .toList();
  }

  private static boolean isOwn(String finalizer) {
    return finalizer.equals(ApiNames.FINALIZER) || finalizer.equals(ApiNames.INSTANCE_FINALIZER);
  }
}
