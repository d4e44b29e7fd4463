package top.xtlsoft.stoppablecontainer.operator.pass;

import io.fabric8.kubernetes.api.model.ObjectReference;

/**
 * An Event to be told on a StoppableContainer.
 *
 * @param regarding the StoppableContainer
 * @param warning whether it is a warning
 * @param reason its word
 * @param action what the operator was doing
 * @param note text for people
 */
public record PlannedEvent(
    ObjectReference regarding, boolean warning, String reason, String action, String note) {

  /** The type as the API has it. */
  public String type() {
    return warning ? "Warning" : "Normal";
  }

  /** {@code namespace/name Type Reason}: what a trace shows. */
  @Override
  public String toString() {
    return regarding.getNamespace() + "/" + regarding.getName() + " " + type() + " " + reason;
  }
}
