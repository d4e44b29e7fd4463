package top.xtlsoft.stoppablecontainer.agent;

import top.xtlsoft.stoppablecontainer.api.AgentReason;

/** The job can't be done as it is, and trying again does not help until a person acts. */
public final class RefusedException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final AgentReason reason;

  /**
   * A refusal.
   *
   * @param message for people: what is wrong and what to do about it
   */
  public RefusedException(AgentReason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public AgentReason reason() {
    return reason;
  }
}
