package top.xtlsoft.stoppablecontainer.runtime.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpPortTest {

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static final HttpPort PORT =
      HttpPort.listen(
          0,
          Map.of(
              "/word",
              request -> request.answer(200, "text/plain", bytes("word")),
              "/nothing",
              request -> request.answer(200, "text/plain", bytes("")),
              "/bug",
              request -> {
                throw new IllegalStateException("a bug");
              }));

  @AfterAll
  static void end() {
    PORT.close();
    HTTP.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static HttpResponse<String> ask(String method, String path) throws Exception {
    return HTTP.send(
        java.net.http.HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + PORT.number() + path))
            .method(method, java.net.http.HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void answersKnownPaths() throws Exception {
    assertEquals("word", ask("GET", "/word").body());
    assertEquals("", ask("GET", "/nothing").body());
    HttpResponse<String> head = ask("HEAD", "/word");
    assertEquals("", head.body());
    assertEquals("4", head.headers().firstValue("content-length").orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/word/", "/word/more", "/words", "/%77ord", "/WORD", "//word"})
  void rejectsOtherSpellingsOfPath(String path) throws Exception {
    assertEquals(404, ask("GET", path).statusCode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "SOMETHING"})
  void rejectsMethodsThatChange(String method) throws Exception {
    HttpResponse<String> answer = ask(method, "/word");
    assertEquals(405, answer.statusCode());
    assertEquals("GET, HEAD", answer.headers().firstValue("allow").orElseThrow());
  }

  @Test
  void survivesFailingHandlerAndSilentClients() throws Exception {
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        Socket socket = new Socket("127.0.0.1", PORT.number());
        socket.getOutputStream().write(bytes("GET /word HT"));
        silent.add(socket);
      }
      assertTrue(failsOnBug());
      assertEquals("word", ask("GET", "/word").body());
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  private static boolean failsOnBug() throws Exception {
    try {
      return ask("GET", "/bug").statusCode() >= 500;
    } catch (IOException closed) {
      return true;
    }
  }

  @Test
  void stopsListeningWhenClosed() throws Exception {
    HttpPort port = HttpPort.listen(0, Map.of());
    int number = port.number();
    port.close();
    assertThrows(
        ConnectException.class, () -> new Socket("127.0.0.1", number).close(), "still listens");
  }
}
