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
 * Wraps the JDK's HTTP client: adds a {@link Heartbeat} to WebSockets, a {@link SteadyBody} to
 * answers and {@link BoundedPages} to lists, and refuses requests that the guard forbids. A refused
 * request fails like one that was sent. A fabric8 interceptor cannot refuse it: fabric8 retries on
 * its own thread, where an exception of an interceptor is lost and the caller waits forever.
 */
final class ApiServerHttpClient extends HttpClient {

  private final HttpClient client;
  private final RequestGuard guard;
  private final Duration maxSilence;
  private final BoundedPages pages;

  ApiServerHttpClient(HttpClient client, RequestGuard guard) {
    this(client, guard, Heartbeat.MAX_SILENCE);
  }

  ApiServerHttpClient(HttpClient client, RequestGuard guard, Duration maxSilence) {
    this.client = client;
    this.guard = guard;
    this.maxSilence = maxSilence;
    this.pages = new BoundedPages(maxSilence);
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
    return client.send(guarded(request), steady(handler));
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
        .orElseGet(() -> client.sendAsync(request, steady(handler)));
  }

  @Override
  public <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest request,
      HttpResponse.BodyHandler<T> handler,
      HttpResponse.PushPromiseHandler<T> pushes) {
    return guard
        .refusal(request)
        .map(CompletableFuture::<HttpResponse<T>>failedFuture)
        .orElseGet(() -> client.sendAsync(guarded(request), steady(handler), pushes));
  }

  private <T> HttpResponse.BodyHandler<T> steady(HttpResponse.BodyHandler<T> handler) {
    return SteadyBody.handler(handler, maxSilence);
  }

  /**
   * Returns the same request, but asks the guard again after the headers and before the body: the
   * process can be stopped between the two for any length of time. The server drops a request whose
   * body is missing.
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

  // The remaining methods delegate.

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
