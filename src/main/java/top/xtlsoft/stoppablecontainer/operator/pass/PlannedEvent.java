package top.xtlsoft.stoppablecontainer.operator.pass;

import io.fabric8.kubernetes.api.model.ObjectReference;

/**
 * An Event to be recorded on a StoppableContainer.
 *
 * @param regarding the StoppableContainer
 * @param warning whether it is a warning
 * @param reason its reason
 * @param action the operator's action
 * @param note text for people
 */
public record PlannedEvent(
    ObjectReference regarding, boolean warning, String reason, String action, String note) {

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
