package top.xtlsoft.stoppablecontainer.runtime.apiserver;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Fails a response whose body stops arriving. Until Java 26 the timeout of a request ends with the
 * headers of its response (JDK-8208693), and fabric8 waits for the body without one: a connection
 * that is lost in the middle of a large object would keep a worker forever.
 *
 * <p>It holds no lock while it calls the subscriber: what waits for the body runs in that call, and
 * may take locks of its own.
 */
final class SteadyBody<T> implements HttpResponse.BodySubscriber<T> {

  private final HttpResponse.BodySubscriber<T> subscriber;
  private final Duration maxSilence;
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicLong asked = new AtomicLong();
  private volatile long lastSign;
  private volatile Flow.@Nullable Subscription subscription;
  private volatile @Nullable ScheduledFuture<?> watch;

  private SteadyBody(HttpResponse.BodySubscriber<T> subscriber, Duration maxSilence) {
    this.subscriber = subscriber;
    this.maxSilence = maxSilence;
  }

  /** Handles bodies that arrive without a longer silence as the handler does. */
  static <T> HttpResponse.BodyHandler<T> handler(
      HttpResponse.BodyHandler<T> handler, Duration maxSilence) {
    return info -> new SteadyBody<>(handler.apply(info), maxSilence);
  }

  @Override
  public CompletionStage<T> getBody() {
    return subscriber.getBody();
  }

  @Override
  public void onSubscribe(Flow.Subscription begun) {
    subscription = begun;
    watch = Heartbeat.every(maxSilence.dividedBy(4), this::check);
    subscriber.onSubscribe(
        new Flow.Subscription() {
          @Override
          public void request(long count) {
            ask(count);
            begun.request(count);
          }

          @Override
          public void cancel() {
            end();
            begun.cancel();
          }
        });
  }

  private void ask(long count) {
    // First, as a check between the two would take the reader's rest for a silence of the server.
    if (asked.get() == 0) {
      lastSign = System.nanoTime();
    }
    asked.updateAndGet(open -> open + count < 0 ? Long.MAX_VALUE : open + count);
  }

  /** A reader that asks for nothing gets nothing, which is no silence of the server. */
  private void check() {
    if (asked.get() > 0 && System.nanoTime() - lastSign > maxSilence.toNanos() && end()) {
      Heartbeat.apart(this::fail);
    }
  }

  private void fail() {
    subscriber.onError(
        new IOException(
            "the rest of the API server's answer did not arrive: no byte for "
                + maxSilence.toSeconds()
                + " s"));
    // Last, since the JDK reports what it closes as a failure of its own.
    Flow.Subscription begun = subscription;
    if (begun != null) {
      begun.cancel();
    }
  }

  private boolean end() {
    ScheduledFuture<?> checks = watch;
    if (checks != null) {
      checks.cancel(false);
    }
    return over.compareAndSet(false, true);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    lastSign = System.nanoTime();
    asked.decrementAndGet();
    if (!over.get()) {
      subscriber.onNext(buffers);
    }
  }

  @Override
  public void onError(Throwable failure) {
    if (end()) {
      subscriber.onError(failure);
    }
  }

  @Override
  public void onComplete() {
    if (end()) {
      subscriber.onComplete();
    }
  }
}
