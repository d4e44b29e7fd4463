package top.xtlsoft.stoppablecontainer.runtime.http;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.Optional;

/** One request, to be answered once. Its body is not read. */
public final class HttpRequest {

  public static final int OK = 200;
  public static final int NOT_MODIFIED = 304;
  public static final int BAD_REQUEST = 400;
  public static final int UNAVAILABLE = 503;

  static final int NOT_FOUND = 404;
  static final int METHOD_NOT_ALLOWED = 405;

  /** Of HttpExchange.sendResponseHeaders: no body follows. */
  private static final int NO_BODY = -1;

  private final HttpExchange exchange;

  /** The answer could not be sent, or not all of it. */
  static final class NotTakenException extends RuntimeException {
    NotTakenException(IOException cause) {
      super(cause);
    }
  }

  HttpRequest(HttpExchange exchange) {
    this.exchange = exchange;
  }

  /** As it was sent, with nothing decoded. */
  String path() {
    return String.valueOf(exchange.getRequestURI().getRawPath());
  }

  /** Whether it asks for what is there, and for no change. */
  boolean isRead() {
    return exchange.getRequestMethod().equals("GET") || isHead();
  }

  private boolean isHead() {
    return exchange.getRequestMethod().equals("HEAD");
  }

  /** Whether a query follows the path. */
  public boolean hasQuery() {
    return exchange.getRequestURI().getRawQuery() != null;
  }

  /** The first header of that name. */
  public Optional<String> header(String name) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
  }

  /** Sets a header of the answer. */
  public HttpRequest header(String name, String value) {
    exchange.getResponseHeaders().set(name, value);
    return this;
  }

  /** Answers without a body. */
  public void answer(int status) {
    try {
      exchange.sendResponseHeaders(status, NO_BODY);
    } catch (IOException e) {
      throw new NotTakenException(e);
    }
  }

  /**
   * Answers, to HEAD with all but the body.
   *
   * @param type media type of the body
   */
  public void answer(int status, String type, byte[] body) {
    header("Content-Type", type);
    if (isHead()) {
      header("Content-Length", "" + body.length).answer(status);
      return;
    }
    try {
      exchange.sendResponseHeaders(status, body.length == 0 ? NO_BODY : body.length);
      exchange.getResponseBody().write(body);
    } catch (IOException e) {
      throw new NotTakenException(e);
    }
  }
}
