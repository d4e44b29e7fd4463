package top.xtlsoft.stoppablecontainer.operator.pass;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import top.xtlsoft.stoppablecontainer.api.EventReason;

/**
 * An Event to be recorded on an object that users make.
 *
 * @param regarding the object
 * @param warning whether it is a warning
 * @param reason its reason
 * @param action the operator's action
 * @param note text for people
 */
public record PlannedEvent(
    ObjectReference regarding, boolean warning, String reason, String action, String note) {

  /** A normal event on an object. */
  public static PlannedEvent normal(HasMetadata object, EventReason reason) {
    return new PlannedEvent(
        reference(object), false, reason.wire(), reason.action(), reason.message());
  }

  /** A normal event on an object, with a message of its own. */
  public static PlannedEvent normal(HasMetadata object, EventReason reason, String message) {
    return new PlannedEvent(reference(object), false, reason.wire(), reason.action(), message);
  }

  /** A warning on an object, with the reason and the message of its Ready condition. */
  public static PlannedEvent warning(HasMetadata object, String reason, String message) {
    return new PlannedEvent(reference(object), true, reason, "Reconcile", message);
  }

  /** A warning on an object, with a message of its own. */
  public static PlannedEvent warning(HasMetadata object, EventReason reason, String message) {
    return new PlannedEvent(reference(object), true, reason.wire(), reason.action(), message);
  }

  /** The reference to an object. */
  public static ObjectReference reference(HasMetadata object) {
    return new ObjectReferenceBuilder()
        .withApiVersion(object.getApiVersion())
        .withKind(object.getKind())
        .withNamespace(object.getMetadata().getNamespace())
        .withName(object.getMetadata().getName())
        .withUid(object.getMetadata().getUid())
        .build();
  }

  /** The type in the API. */
  public String type() {
    return warning ? "Warning" : "Normal";
  }

  /** {@code namespace/name Type Reason}, for traces. */
  @Override
  public String toString() {
    return regarding.getNamespace() + "/" + regarding.getName() + " " + type() + " " + reason;
  }
}
