package top.xtlsoft.stoppablecontainer.reconcile;

import top.xtlsoft.stoppablecontainer.api.ConditionReason;

/**
 * Why a pass could not go on.
 *
 * @param reason word for the Ready condition
 * @param message what to tell the user
 * @param terminal whether nothing goes on until the user changes something
 */
public record Problem(ConditionReason reason, String message, boolean terminal) {

  public Problem {
    if (message.isBlank()) {
      throw new IllegalArgumentException("a problem needs a message");
    }
  }
}
