package top.xtlsoft.stoppablecontainer.operator.page;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.runtime.http.HttpPort;

/** The port over HTTP. */
class PagePortTest {

  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static HttpPort port;

  @BeforeAll
  static void listen() {
    port = HttpPort.listen(0, PageEndpoint.all());
  }

  @AfterAll
  static void end() {
    port.close();
    HTTP.close();
  }

  static Stream<PageFile> files() {
    return PageFile.all().stream();
  }

  @ParameterizedTest
  @MethodSource("files")
  void servesEachFile(PageFile file) throws Exception {
    HttpResponse<byte[]> answer = ask("GET", file.path());
    assertEquals(200, answer.statusCode());
    assertArrayEquals(file.content(), answer.body());
    assertEquals(List.of(file.type()), answer.headers().allValues("content-type"));
    PageEndpoint.HEADERS.forEach(
        (name, value) -> assertEquals(List.of(value), answer.headers().allValues(name)));

    HttpResponse<byte[]> head = ask("HEAD", file.path());
    assertEquals(200, head.statusCode());
    assertEquals(0, head.body().length);
    assertEquals(answer.headers().firstValue("etag"), head.headers().firstValue("etag"));
  }

  @ParameterizedTest
  @MethodSource("files")
  void answersNotModifiedForKnownFile(PageFile file) throws Exception {
    String tag = ask("GET", file.path()).headers().firstValue("etag").orElseThrow();
    for (String known : List.of(tag, "W/" + tag, "\"other\", " + tag, "*")) {
      HttpResponse<byte[]> answer = ask("GET", file.path(), "If-None-Match", known);
      assertEquals(304, answer.statusCode(), known);
      assertEquals(0, answer.body().length);
    }
    assertEquals(200, ask("GET", file.path(), "If-None-Match", "\"other\"").statusCode());
  }

  @Test
  void filesHaveDifferentTags() {
    List<String> tags = files().map(PageFile::etag).toList();
    assertEquals(tags.size(), tags.stream().distinct().count());
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})
  void rejectsMethodsThatChange(String method) throws Exception {
    assertEquals(405, ask(method, "/").statusCode());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/index.html",
        "/page/main.js",
        "/logback.xml",
        "/../logback.xml",
        "/..%2flogback.xml",
        "/%2e%2e/logback.xml",
        "//main.js/../../logback.xml",
        "/main.js/../../logback.xml",
        "/main.js%00.css",
        "/META-INF/MANIFEST.MF",
        "/observe/health",
        "/observe/metrics",
        "/q/dev"
      })
  void servesNothingElse(String path) throws Exception {
    HttpResponse<byte[]> answer = ask("GET", path);
    assertTrue(answer.statusCode() == 404 || answer.statusCode() == 400, path + ": " + answer);
  }

  private static HttpResponse<byte[]> ask(String method, String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.number() + path))
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }
}
