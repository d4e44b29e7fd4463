package top.xtlsoft.stoppablecontainer.runtime.observe;

/** Whether somebody may read the metrics. */
public enum Access {
  GRANTED(200),
  /** There is no token, or nobody's. */
  UNAUTHENTICATED(401),
  /** The API server knows who it is, and that they may not. */
  FORBIDDEN(403),
  /** Too many are being looked up already. */
  BUSY(429),
  /** The API server can't be asked. */
  UNAVAILABLE(503);

  private final int httpStatus;

  Access(int httpStatus) {
    this.httpStatus = httpStatus;
  }

  int httpStatus() {
    return httpStatus;
  }

  /** Whether this is the API server's word, not just of a moment. */
  boolean isAnswer() {
    return this == GRANTED || this == UNAUTHENTICATED || this == FORBIDDEN;
  }
}
