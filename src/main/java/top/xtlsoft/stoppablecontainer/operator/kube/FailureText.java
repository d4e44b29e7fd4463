package top.xtlsoft.stoppablecontainer.operator.kube;

import org.apache.camel.ExchangeException;

/** What a failure says of itself, for a line of the log. */
public final class FailureText {

  private FailureText() {}

  /**
   * The first message of the failure and its causes. The client passes on what has none, as when it
   * gave up on an answer: then the innermost cause is named, like {@code TimeoutException}.
   */
  public static String of(@ExchangeException Throwable failure) {
    Throwable at = failure;
    while (at.getMessage() == null && at.getCause() != null) {
      at = at.getCause();
    }
    return at.getMessage() == null ? at.getClass().getSimpleName() : at.getMessage();
  }
}
