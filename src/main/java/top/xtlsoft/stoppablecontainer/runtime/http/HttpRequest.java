package top.xtlsoft.stoppablecontainer.runtime.http;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.Optional;

/** One request, answered once. The request body is ignored. */
public final class HttpRequest {

  public static final int OK = 200;
  public static final int NOT_MODIFIED = 304;
  public static final int BAD_REQUEST = 400;
  public static final int UNAVAILABLE = 503;

  static final int NOT_FOUND = 404;
  static final int METHOD_NOT_ALLOWED = 405;

  /** For HttpExchange.sendResponseHeaders: no body follows. */
  private static final int NO_BODY = -1;

  private final HttpExchange exchange;

  /** The answer could not be sent completely. */
  static final class NotTakenException extends RuntimeException {
    NotTakenException(IOException cause) {
      super(cause);
    }
  }

  HttpRequest(HttpExchange exchange) {
    this.exchange = exchange;
  }

  /** The raw path; percent-encoding is not decoded. */
  String path() {
    return String.valueOf(exchange.getRequestURI().getRawPath());
  }

  /** Whether the method is GET or HEAD. */
  boolean isRead() {
    return exchange.getRequestMethod().equals("GET") || isHead();
  }

  private boolean isHead() {
    return exchange.getRequestMethod().equals("HEAD");
  }

  /** Whether the URI has a query. */
  public boolean hasQuery() {
    return exchange.getRequestURI().getRawQuery() != null;
  }

  /** The first header with this name. */
  public Optional<String> header(String name) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
  }

  /** Sets a response header. */
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
   * Answers with a body; HEAD gets the headers only.
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
