package top.xtlsoft.stoppablecontainer.runtime.apiserver;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSession;

/**
 * Bounds the pages of lists in bytes. A list requests a number of objects per page, but users
 * decide how large an object is: a page of 250 objects can have 350 MiB. This class aborts a page
 * that exceeds {@link #MAX_BYTES} and requests it again with fewer objects, down to one. The API
 * server's continue token names a position in the list, not a page, so the limit may change between
 * two pages without the caller's notice.
 */
final class BoundedPages {

  /**
   * Maximum bytes of a page with more than one object. The caller holds a page two or three times,
   * as bytes and as objects, and several lists run at once: this fits a heap of 128 MiB.
   */
  static final int MAX_BYTES = 4 * 1024 * 1024;

  /** Maximum bytes of one object: etcd accepts 1.5 MiB, and JSON escapes can multiply it by six. */
  private static final int MAX_BYTES_OF_ONE = 16 * 1024 * 1024;

  private static final int FEWER = 8;

  private static final Pattern LIMIT = Pattern.compile("(?<=^|&)limit=([1-9][0-9]{0,6})(?=&|$)");

  /** Number of objects that fit, by the path of a list; only the informers' lists have a limit. */
  private final Map<String, Integer> fitting = new ConcurrentHashMap<>();

  private final Duration maxSilence;

  /**
   * @param maxSilence the longest pause in a page, after which its request fails
   */
  BoundedPages(Duration maxSilence) {
    this.maxSilence = maxSilence;
  }

  /** The limit of a list request; empty for other requests. */
  static Optional<Integer> limit(HttpRequest request) {
    String query = request.uri().getRawQuery();
    if (!request.method().equals("GET") || query == null) {
      return Optional.empty();
    }
    Matcher limit = LIMIT.matcher(query);
    return limit.find() ? Optional.of(Integer.valueOf(limit.group(1))) : Optional.empty();
  }

  /** Requests a page with as many objects as fit. */
  <T> CompletableFuture<HttpResponse<T>> send(
      HttpClient client, HttpRequest request, int asked, HttpResponse.BodyHandler<T> handler) {
    String path = request.uri().getPath();
    return page(client, request, path, Math.min(asked, fitting.getOrDefault(path, asked)))
        .thenCompose(
            page -> {
              learn(path, asked, page.body());
              return replay(page, handler);
            });
  }

  private CompletableFuture<HttpResponse<Page>> page(
      HttpClient client, HttpRequest request, String path, int limit) {
    HttpRequest limited =
        HttpRequest.newBuilder(request, (_, _) -> true).uri(with(request.uri(), limit)).build();
    int most = limit == 1 ? MAX_BYTES_OF_ONE : MAX_BYTES;
    return client
        .sendAsync(
            limited, SteadyBody.handler(info -> new Collector(info, limit, most), maxSilence))
        .thenCompose(
            response -> {
              if (!response.body().tooLarge()) {
                return CompletableFuture.completedFuture(response);
              }
              return limit == 1
                  ? CompletableFuture.failedFuture(
                      new IOException("an object of " + path + " has more than " + most + " bytes"))
                  : page(client, request, path, Math.max(1, limit / FEWER));
            });
  }

  /** Raises the limit again after a page with free space. */
  private void learn(String path, int asked, Page page) {
    int next = page.bytes() < MAX_BYTES / 4 ? page.limit() * 2 : page.limit();
    if (next < asked) {
      fitting.put(path, next);
    } else {
      fitting.remove(path);
    }
  }

  private static URI with(URI uri, int limit) {
    String text = uri.toString();
    int query = text.indexOf('?') + 1;
    return URI.create(
        text.substring(0, query)
            + LIMIT.matcher(text.substring(query)).replaceFirst("limit=" + limit));
  }

  /** Delivers a complete page to the caller's handler. */
  private static <T> CompletableFuture<HttpResponse<T>> replay(
      HttpResponse<Page> page, HttpResponse.BodyHandler<T> handler) {
    HttpResponse.BodySubscriber<T> subscriber = handler.apply(page.body().info());
    subscriber.onSubscribe(new Once(page.body().content(), subscriber));
    return subscriber
        .getBody()
        .<HttpResponse<T>>thenApply(body -> new Replayed<>(page, body))
        .toCompletableFuture();
  }

  /**
   * The result of one request.
   *
   * @param info status and headers
   * @param limit requested number of objects
   * @param bytes received bytes
   * @param tooLarge whether the request was aborted
   * @param content received content; empty if it is too large
   */
  private record Page(
      HttpResponse.ResponseInfo info,
      int limit,
      long bytes,
      boolean tooLarge,
      List<ByteBuffer> content) {}

  /** Collects a page, and aborts it when it is too large. */
  private static final class Collector implements HttpResponse.BodySubscriber<Page> {

    private final HttpResponse.ResponseInfo info;
    private final int limit;
    private final int most;
    private final CompletableFuture<Page> page = new CompletableFuture<>();
    private final List<ByteBuffer> content = new ArrayList<>();
    private Flow.Subscription subscription;
    private long bytes;

    Collector(HttpResponse.ResponseInfo info, int limit, int most) {
      this.info = info;
      this.limit = limit;
      this.most = most;
    }

    @Override
    public CompletableFuture<Page> getBody() {
      return page;
    }

    @Override
    public void onSubscribe(Flow.Subscription begun) {
      subscription = begun;
      begun.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      if (page.isDone()) {
        return;
      }
      for (ByteBuffer buffer : buffers) {
        bytes += buffer.remaining();
      }
      if (bytes > most) {
        content.clear();
        subscription.cancel();
        page.complete(new Page(info, limit, bytes, true, content));
      } else {
        content.addAll(buffers);
      }
    }

    @Override
    public void onError(Throwable failure) {
      page.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      page.complete(new Page(info, limit, bytes, false, content));
    }
  }

  /** Publishes the whole content on the first demand. */
  private static final class Once implements Flow.Subscription {

    private final Flow.Subscriber<List<ByteBuffer>> subscriber;
    private final List<ByteBuffer> content;
    private boolean over;

    Once(List<ByteBuffer> content, Flow.Subscriber<List<ByteBuffer>> subscriber) {
      this.content = content;
      this.subscriber = subscriber;
    }

    @Override
    public synchronized void request(long count) {
      if (over) {
        return;
      }
      over = true;
      List<ByteBuffer> all = List.copyOf(content);
      // The response object outlives its bytes, which the subscriber has now.
      content.clear();
      if (!all.isEmpty()) {
        subscriber.onNext(all);
      }
      subscriber.onComplete();
    }

    @Override
    public synchronized void cancel() {
      over = true;
      content.clear();
    }
  }

  private record Replayed<T>(HttpResponse<Page> page, T body) implements HttpResponse<T> {

    @Override
    public int statusCode() {
      return page.statusCode();
    }

    @Override
    public HttpRequest request() {
      return page.request();
    }

    @Override
    public Optional<HttpResponse<T>> previousResponse() {
      return Optional.empty();
    }

    @Override
    public HttpHeaders headers() {
      return page.headers();
    }

    @Override
    public Optional<SSLSession> sslSession() {
      return page.sslSession();
    }

    @Override
    public URI uri() {
      return page.uri();
    }

    @Override
    public HttpClient.Version version() {
      return page.version();
    }
  }
}
