package top.xtlsoft.stoppablecontainer.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.apache.camel.main.Main;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import top.xtlsoft.stoppablecontainer.operator.page.PagePort;

/** The operator with the web page and without. */
@EnableKubernetesMockClient(crud = true)
class OperatorPageRouteTest {

  private KubernetesClient client;
  @TempDir private Path binaries;

  @Test
  void servesNoPageByItself() throws Exception {
    Main main = RunningOperator.main(client, binaries, Map.of());
    assertTrue(main.getMainListeners().stream().noneMatch(PagePort.class::isInstance));
  }

  @Test
  void servesOnlyThePageOnItsPort() throws Exception {
    int port = freePort();
    Main main = RunningOperator.main(client, binaries, Map.of("SC_PAGE_PORT", "" + port));
    main.start();
    // Which run does, and start does not.
    main.getMainListeners().forEach(listener -> listener.afterStart(main));
    try (HttpClient http = HttpClient.newHttpClient()) {
      assertEquals(200, ask(http, port, "/"));
      assertEquals(404, ask(http, port, "/observe/metrics"));
      assertEquals(404, ask(http, port, "/observe/health"));
    } finally {
      main.stop();
    }
  }

  private static int ask(HttpClient http, int port, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    HttpRequest request = HttpRequest.newBuilder(uri).build();
    return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
