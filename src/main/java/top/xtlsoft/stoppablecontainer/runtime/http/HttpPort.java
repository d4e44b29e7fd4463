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
 * One TCP port, HTTP/1.1. It knows a few paths, each by its exact spelling, and what is asked of
 * each; all else is not there. Requests are answered side by side, so that one who is slow, or who
 * waits for the API server, holds up no other.
 */
public final class HttpPort implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(HttpPort.class);

  /**
   * Settings of the JDK's server, of module jdk.httpserver: who takes longer than these seconds to
   * say what they want, or to take the answer, is cut off; and no more connections than that.
   */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "sun.net.httpserver.maxReqTime", "10",
          "sun.net.httpserver.maxRspTime", "30",
          "sun.net.httpserver.nodelay", "true",
          "jdk.httpserver.maxConnections", "1000");

  static {
    // Read once, when its first class is.
    SETTINGS.forEach(System::setProperty);
  }

  private final HttpServer server;
  private final ExecutorService threads;

  private HttpPort(HttpServer server, ExecutorService threads) {
    this.server = server;
    this.threads = threads;
  }

  /**
   * Listens, on all addresses.
   *
   * @param port number; 0 for any that is free
   * @param paths what answers each path
   */
  public static HttpPort listen(int port, Map<String, Consumer<HttpRequest>> paths) {
    return listen(port, path -> Optional.ofNullable(paths.get(path)));
  }

  /**
   * Listens, on all addresses.
   *
   * @param port number; 0 for any that is free
   * @param paths what answers a path, if anything does; may take its time to tell
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
      throw new UncheckedIOException("can't listen at port " + port, e);
    }
  }

  /** The number of the port. */
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
      LOG.debug("Who asked did not wait for the answer", e);
    } catch (RuntimeException e) {
      // Closed without an answer.
      LOG.error("Can't answer {}", exchange.getRequestURI(), e);
    }
  }

  /** Answers no more; those that are being answered are cut off. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
