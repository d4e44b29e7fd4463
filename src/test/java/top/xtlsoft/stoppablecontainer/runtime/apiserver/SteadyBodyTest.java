package top.xtlsoft.stoppablecontainer.runtime.apiserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers whose bodies come in two halves, or of which only the first half comes. */
class SteadyBodyTest {

  private final CountDownLatch closed = new CountDownLatch(1);

  /** What the server does between the halves. */
  @FunctionalInterface
  private interface Pause {
    boolean goesOn(Socket connection) throws IOException, InterruptedException;
  }

  @ParameterizedTest
  @ValueSource(strings = {"/object", "/list?limit=250"})
  void failsWhenTheRestDoesNotArrive(String path) throws Exception {
    try (ServerSocket server = serving(this::untilTheClientCloses);
        HttpClient client = client(Duration.ofMillis(200))) {
      ExecutionException failure =
          assertThrows(ExecutionException.class, () -> get(client, server, path));
      assertInstanceOf(IOException.class, failure.getCause());
      assertTrue(failure.getCause().getMessage().contains("did not arrive"), failure.toString());
      assertTrue(closed.await(60, TimeUnit.SECONDS), "the connection is closed");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/object", "/list?limit=250"})
  void passesOnWhatArrivesInPieces(String path) throws Exception {
    try (ServerSocket server = serving(connection -> true);
        HttpClient client = client(Duration.ofSeconds(60))) {
      assertEquals("first half, second half", get(client, server, path));
    }
  }

  /** The server is not silent while its client asks for no more. */
  @Test
  void waitsForAReaderThatTakesItsTime() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    try (ServerSocket server = serving(connection -> read.await(60, TimeUnit.SECONDS));
        HttpClient client = client(Duration.ofMillis(100))) {
      String body =
          client
              .sendAsync(request(server, "/object"), _ -> new SlowReader(read))
              .get(60, TimeUnit.SECONDS)
              .body();
      assertEquals("first half, second half", body);
    }
  }

  /** Asks for the next piece after a rest, which lets the server go on. */
  private static final class SlowReader implements HttpResponse.BodySubscriber<String> {

    private final CompletableFuture<String> body = new CompletableFuture<>();
    private final StringBuilder text = new StringBuilder();
    private final CountDownLatch read;
    private Flow.Subscription subscription;

    SlowReader(CountDownLatch read) {
      this.read = read;
    }

    @Override
    public CompletionStage<String> getBody() {
      return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription begun) {
      subscription = begun;
      begun.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      buffers.forEach(buffer -> text.append(StandardCharsets.UTF_8.decode(buffer)));
      CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS)
          .execute(
              () -> {
                subscription.request(1);
                read.countDown();
              });
    }

    @Override
    public void onError(Throwable failure) {
      body.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      body.complete(text.toString());
    }
  }

  private static HttpClient client(Duration maxSilence) {
    return new ApiServerHttpClient(
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build(),
        request -> Optional.empty(),
        maxSilence);
  }

  private static HttpRequest request(ServerSocket server, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.getLocalPort() + path))
        .build();
  }

  private static String get(HttpClient client, ServerSocket server, String path) throws Exception {
    return client
        .sendAsync(request(server, path), HttpResponse.BodyHandlers.ofString())
        .get(60, TimeUnit.SECONDS)
        .body();
  }

  private boolean untilTheClientCloses(Socket connection) throws IOException {
    while (connection.getInputStream().read() >= 0) {
      // The rest of the request.
    }
    closed.countDown();
    return false;
  }

  private static ServerSocket serving(Pause pause) throws IOException {
    ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(
            () -> {
              try (Socket connection = server.accept()) {
                OutputStream out = connection.getOutputStream();
                write(out, "HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\nfirst half, ");
                if (pause.goesOn(connection)) {
                  write(out, "second half");
                }
              } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    return server;
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }
}
