package top.xtlsoft.stoppablecontainer.operator.kube;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An API server with many StoppableContainers of almost the size that etcd takes, and a small one
 * behind them. It makes a page while it sends it.
 */
final class ManyLargeObjects implements AutoCloseable {

  static final int LARGE = 300;
  static final String SMALL = "small";

  private static final int LETTERS = 1_200_000;
  private static final String RESOURCES = "/stoppablecontainers";
  private static final Pattern LIMIT = Pattern.compile("(?:^|&)limit=(\\d+)");
  private static final Pattern CONTINUE = Pattern.compile("(?:^|&)continue=(\\d+)");

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;

  ManyLargeObjects() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  String url() {
    return "http://localhost:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String query = String.valueOf(exchange.getRequestURI().getQuery());
      if (query.contains("watch=true")) {
        exchange.sendResponseHeaders(503, -1);
      } else {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, 0);
        send(exchange.getResponseBody(), path, query);
      }
    }
  }

  private static void send(OutputStream out, String path, String query) throws IOException {
    int name = path.lastIndexOf(RESOURCES + "/");
    if (name >= 0) {
      write(out, object(path.substring(name + RESOURCES.length() + 1)));
    } else if (path.endsWith(RESOURCES)) {
      page(out, number(CONTINUE, query, 0), number(LIMIT, query, LARGE + 1));
    } else {
      write(out, "{\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[]}");
    }
  }

  private static void page(OutputStream out, int first, int limit) throws IOException {
    int end = Math.min(LARGE + 1, first + limit);
    String more = end > LARGE ? "" : ",\"continue\":\"" + end + "\"";
    write(
        out,
        "{\"apiVersion\":\"stoppablecontainer.xtlsoft.top/v1alpha1\",\"kind\":\"StoppableContainerList\","
            + "\"metadata\":{\"resourceVersion\":\"1\""
            + more
            + "},\"items\":[");
    for (int i = first; i < end; i++) {
      write(out, (i == first ? "" : ",") + object(i == LARGE ? SMALL : "large" + i));
    }
    write(out, "]}");
  }

  private static String object(String name) {
    return """
    {"apiVersion":"stoppablecontainer.xtlsoft.top/v1alpha1","kind":"StoppableContainer",
     "metadata":{"name":"%s","namespace":"ns","uid":"%s","resourceVersion":"1"},
     "spec":{"template":{"container":{"image":"image:1","env":[{"name":"A","value":"%s"}]}}}}
    """
        .formatted(name, name, "x".repeat(name.equals(SMALL) ? 1 : LETTERS));
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static int number(Pattern pattern, String query, int otherwise) {
    Matcher found = pattern.matcher(query);
    return found.find() ? Integer.parseInt(found.group(1)) : otherwise;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
