package top.xtlsoft.stoppablecontainer.runtime.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves HTTP/1.1 at one TCP port. Only exact paths match; any other path is 404. Each request has
 * its own thread, so a slow client or a wait for the API server delays no other request.
 */
public final class HttpPort implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(HttpPort.class);

  /**
   * Limits of the JDK's server (system properties of module jdk.httpserver): seconds to send a
   * request, seconds to receive the answer, and the number of connections.
   */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "sun.net.httpserver.maxReqTime", "10",
          "sun.net.httpserver.maxRspTime", "30",
          "sun.net.httpserver.nodelay", "true",
          "jdk.httpserver.maxConnections", "1000");

  static {
    // The JDK reads them once, when it loads the server's first class.
    SETTINGS.forEach(System::setProperty);
  }

  private final HttpServer server;
  private final ExecutorService threads;

  private HttpPort(HttpServer server, ExecutorService threads) {
    this.server = server;
    this.threads = threads;
  }

  /**
   * Listens on all addresses.
   *
   * @param port port number; 0 for any free port
   * @param paths handler of each path
   */
  public static HttpPort listen(int port, Map<String, Consumer<HttpRequest>> paths) {
    return listen(port, path -> Optional.ofNullable(paths.get(path)));
  }

  /**
   * Listens on all addresses.
   *
   * @param port port number; 0 for any free port
   * @param paths finds the handler of a path; may block
   */
  public static HttpPort listen(int port, Function<String, Optional<Consumer<HttpRequest>>> paths) {
    try {
      HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
      ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
      server.setExecutor(threads);
      server.createContext("/", exchange -> answer(exchange, paths));
      server.start();
      return new HttpPort(server, threads);
    } catch (IOException e) {
      throw new UncheckedIOException("can't listen on port " + port, e);
    }
  }

  /** The port number. */
  public int number() {
    return server.getAddress().getPort();
  }

  private static void answer(
      HttpExchange exchange, Function<String, Optional<Consumer<HttpRequest>>> paths) {
    try (exchange) {
      HttpRequest request = new HttpRequest(exchange);
      Optional<Consumer<HttpRequest>> handler = paths.apply(request.path());
      if (handler.isEmpty()) {
        request.answer(HttpRequest.NOT_FOUND);
      } else if (request.isRead()) {
        handler.get().accept(request);
      } else {
        request.header("Allow", "GET, HEAD").answer(HttpRequest.METHOD_NOT_ALLOWED);
      }
    } catch (HttpRequest.NotTakenException e) {
      LOG.debug("Client left before the answer", e);
    } catch (RuntimeException e) {
      // try-with-resources closes the connection without an answer.
      LOG.error("HTTP handler failed: uri={}", exchange.getRequestURI(), e);
    }
  }

  /** Stops listening and closes the open connections. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
