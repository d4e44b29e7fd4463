package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.util.Map;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** Labels and owner references that tie the objects of one StoppableContainer together. */
public final class ResourceMetadata {

  private ResourceMetadata() {}

  /** Labels of all objects that the operator makes for a StoppableContainer. */
  public static Map<String, String> labels(String name) {
    return Map.of(
        ApiNames.LABEL_MANAGED_BY, ApiNames.MANAGED_BY_VALUE, ApiNames.LABEL_INSTANCE, name);
  }

  /** Labels of one of the two pods. */
  public static Map<String, String> labels(String name, String role) {
    return Map.of(
        ApiNames.LABEL_MANAGED_BY,
        ApiNames.MANAGED_BY_VALUE,
        ApiNames.LABEL_INSTANCE,
        name,
        ApiNames.LABEL_ROLE,
        role);
  }

  /** A reference that makes {@code owner} the one controller of an object. */
  public static OwnerReference controlledBy(HasMetadata owner) {
    return new OwnerReferenceBuilder()
        .withApiVersion(owner.getApiVersion())
        .withKind(owner.getKind())
        .withName(owner.getMetadata().getName())
        .withUid(owner.getMetadata().getUid())
        .withController(true)
        .withBlockOwnerDeletion(true)
        .build();
  }

  /** Whether {@code owner}, and not an earlier object of its name, controls {@code object}. */
  public static boolean isControlledBy(HasMetadata object, HasMetadata owner) {
    return controller(object)
        .filter(
            reference ->
                reference.getKind().equals(owner.getKind())
                    && group(reference.getApiVersion()).equals(group(owner.getApiVersion()))
                    && reference.getName().equals(owner.getMetadata().getName())
                    && reference.getUid().equals(owner.getMetadata().getUid()))
        .isPresent();
  }

  /** Whether an object that the operator made has lost its owner. */
  public static boolean isOrphan(HasMetadata object) {
    return controller(object).isEmpty();
  }

  /** Whether the operator made an object for the StoppableContainer of that name, by its label. */
  public static boolean isMadeFor(HasMetadata object, String name) {
    return Optional.ofNullable(object.getMetadata().getLabels())
        .filter(labels -> labels.entrySet().containsAll(labels(name).entrySet()))
        .isPresent();
  }

  private static Optional<OwnerReference> controller(HasMetadata object) {
    return object.getMetadata().getOwnerReferences().stream()
        .filter(reference -> Boolean.TRUE.equals(reference.getController()))
        .findFirst();
  }

  private static String group(String apiVersion) {
    return apiVersion.substring(0, apiVersion.indexOf('/') + 1);
  }
}
