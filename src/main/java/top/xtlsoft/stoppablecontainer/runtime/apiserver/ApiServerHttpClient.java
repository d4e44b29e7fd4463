package top.xtlsoft.stoppablecontainer.runtime.apiserver;

import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/**
 * The JDK's HTTP client, whose WebSockets have a {@link Heartbeat}, whose lists have {@link
 * BoundedPages}, and which sends no request that the guard refuses. What is refused fails like one
 * that was sent: fabric8 tries requests again on a thread of its own, where an interceptor that
 * throws is heard by nobody, and the caller of such a request would wait for ever.
 */
final class ApiServerHttpClient extends HttpClient {

  private final HttpClient client;
  private final RequestGuard guard;
  private final BoundedPages pages = new BoundedPages();

  ApiServerHttpClient(HttpClient client, RequestGuard guard) {
    this.client = client;
    this.guard = guard;
  }

  @Override
  public WebSocket.Builder newWebSocketBuilder() {
    return new HeartbeatBuilder(client.newWebSocketBuilder());
  }

  private record HeartbeatBuilder(WebSocket.Builder builder) implements WebSocket.Builder {

    @Override
    public WebSocket.Builder header(String name, String value) {
      builder.header(name, value);
      return this;
    }

    @Override
    public WebSocket.Builder connectTimeout(Duration timeout) {
      builder.connectTimeout(timeout);
      return this;
    }

    @Override
    public WebSocket.Builder subprotocols(String preferred, String... lesser) {
      builder.subprotocols(preferred, lesser);
      return this;
    }

    @Override
    public CompletableFuture<WebSocket> buildAsync(URI uri, WebSocket.Listener listener) {
      return builder.buildAsync(uri, new Heartbeat(listener));
    }
  }

  @Override
  public <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
      throws IOException, InterruptedException {
    Optional<RuntimeException> refusal = guard.refusal(request);
    if (refusal.isPresent()) {
      throw refusal.get();
    }
    return client.send(guarded(request), handler);
  }

  @Override
  public <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest request, HttpResponse.BodyHandler<T> handler) {
    return guard
        .refusal(request)
        .map(CompletableFuture::<HttpResponse<T>>failedFuture)
        .orElseGet(() -> sendGuarded(guarded(request), handler));
  }

  private <T> CompletableFuture<HttpResponse<T>> sendGuarded(
      HttpRequest request, HttpResponse.BodyHandler<T> handler) {
    return BoundedPages.limit(request)
        .map(limit -> pages.send(client, request, limit, handler))
        .orElseGet(() -> client.sendAsync(request, handler));
  }

  @Override
  public <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest request,
      HttpResponse.BodyHandler<T> handler,
      HttpResponse.PushPromiseHandler<T> pushes) {
    return guard
        .refusal(request)
        .map(CompletableFuture::<HttpResponse<T>>failedFuture)
        .orElseGet(() -> client.sendAsync(guarded(request), handler, pushes));
  }

  /**
   * The same request, whose guard is asked once more when its headers are sent and its body is to
   * follow: a process may be stopped between the two for as long as anybody likes. The server drops
   * a request that ends before its body does.
   */
  private HttpRequest guarded(HttpRequest request) {
    return request
        .bodyPublisher()
        .map(
            body ->
                HttpRequest.newBuilder(request, (name, value) -> true)
                    .method(request.method(), new GuardedBody(body, () -> guard.refusal(request)))
                    .build())
        .orElse(request);
  }

  private record GuardedBody(
      HttpRequest.BodyPublisher body, Supplier<Optional<RuntimeException>> refusal)
      implements HttpRequest.BodyPublisher {

    private static final Flow.Subscription NOTHING =
        new Flow.Subscription() {
          @Override
          public void request(long count) {}

          @Override
          public void cancel() {}
        };

    @Override
    public long contentLength() {
      return body.contentLength();
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
      Optional<RuntimeException> refused = refusal.get();
      if (refused.isPresent()) {
        subscriber.onSubscribe(NOTHING);
        subscriber.onError(refused.get());
      } else {
        body.subscribe(subscriber);
      }
    }
  }

  // The rest is the client's own.

  @Override
  public Optional<CookieHandler> cookieHandler() {
    return client.cookieHandler();
  }

  @Override
  public Optional<Duration> connectTimeout() {
    return client.connectTimeout();
  }

  @Override
  public Redirect followRedirects() {
    return client.followRedirects();
  }

  @Override
  public Optional<ProxySelector> proxy() {
    return client.proxy();
  }

  @Override
  public SSLContext sslContext() {
    return client.sslContext();
  }

  @Override
  public SSLParameters sslParameters() {
    return client.sslParameters();
  }

  @Override
  public Optional<Authenticator> authenticator() {
    return client.authenticator();
  }

  @Override
  public Version version() {
    return client.version();
  }

  @Override
  public Optional<Executor> executor() {
    return client.executor();
  }

  @Override
  public void shutdown() {
    client.shutdown();
  }

  @Override
  public boolean awaitTermination(Duration duration) throws InterruptedException {
    return client.awaitTermination(duration);
  }

  @Override
  public boolean isTerminated() {
    return client.isTerminated();
  }

  @Override
  public void shutdownNow() {
    client.shutdownNow();
  }

  @Override
  public void close() {
    client.close();
  }
}
