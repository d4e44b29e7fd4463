package top.xtlsoft.stoppablecontainer.agent;

/** Too early: an event or a retry brings the job back. Not an error. */
public final class NotYetException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final boolean tryAgain;

  private NotYetException(String message, boolean tryAgain) {
    super(message, null, false, false);
    this.tryAgain = tryAgain;
  }

  /** An event that the agent sees ends the wait. */
  public static NotYetException untilEvent(String waitsFor) {
    return new NotYetException(waitsFor, false);
  }

  /** No event ends the wait, so the job is tried again soon. */
  public static NotYetException untilRetry(String waitsFor) {
    return new NotYetException(waitsFor, true);
  }

  public boolean tryAgain() {
    return tryAgain;
  }
}
