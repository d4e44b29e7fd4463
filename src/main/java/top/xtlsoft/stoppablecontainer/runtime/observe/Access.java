package top.xtlsoft.stoppablecontainer.runtime.observe;

/** Whether a client may read the metrics. */
public enum Access {
  GRANTED(200),
  /** The token is missing or invalid. */
  UNAUTHENTICATED(401),
  /** The token is valid, but RBAC does not grant the access. */
  FORBIDDEN(403),
  /** Too many reviews are running. */
  BUSY(429),
  /** The API server did not answer the review. */
  UNAVAILABLE(503);

  private final int httpStatus;

  Access(int httpStatus) {
    this.httpStatus = httpStatus;
  }

  int httpStatus() {
    return httpStatus;
  }

  /** Whether the API server decided this; only such a result may be remembered. */
  boolean isAnswer() {
    return this == GRANTED || this == UNAUTHENTICATED || this == FORBIDDEN;
  }
}
