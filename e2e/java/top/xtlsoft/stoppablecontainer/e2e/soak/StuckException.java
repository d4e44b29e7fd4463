package top.xtlsoft.stoppablecontainer.e2e.soak;

/** Something did not come to what it should be in its time. */
final class StuckException extends RuntimeException {

  private static final long serialVersionUID = 1;

  StuckException(String message) {
    super(message);
  }

  StuckException(String message, Throwable cause) {
    super(message, cause);
  }
}
