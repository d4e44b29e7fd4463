package top.xtlsoft.stoppablecontainer.operator.pass;

import top.xtlsoft.stoppablecontainer.api.ConditionReason;

/**
 * Why a pass could not go on.
 *
 * @param reason reason of the Ready condition
 * @param message message for the user
 * @param terminal whether only a change by the user can end the problem
 */
public record Problem(ConditionReason reason, String message, boolean terminal) {

  public Problem {
    if (message.isBlank()) {
      throw new IllegalArgumentException("a problem needs a message");
    }
  }

  /** The node that keeps the file system has left the cluster. */
  public static Problem nodeGone(String node) {
    return new Problem(
        ConditionReason.NODE_GONE,
        "Node "
            + node
            + ", which keeps the file system, has left the cluster. Bring it back under its name,"
            + " or delete this StoppableContainer.",
        true);
  }
}
