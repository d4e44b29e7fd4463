package top.xtlsoft.stoppablecontainer.runtime.apiserver;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Fails a response whose body stops arriving. Until Java 26 the timeout of a request ends with the
 * headers of its response (JDK-8208693), and fabric8 waits for the body without one: a connection
 * that is lost in the middle of a large object would keep a worker forever.
 */
final class SteadyBody<T> implements HttpResponse.BodySubscriber<T> {

  private final HttpResponse.BodySubscriber<T> subscriber;
  private final Duration maxSilence;
  private Flow.@Nullable Subscription subscription;
  private @Nullable ScheduledFuture<?> watch;
  private long asked;
  private long lastSign;
  private boolean over;

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
  public synchronized void onSubscribe(Flow.Subscription begun) {
    subscription = begun;
    long nanos = maxSilence.dividedBy(4).toNanos();
    watch = Heartbeat.TIMER.scheduleWithFixedDelay(this::check, nanos, nanos, TimeUnit.NANOSECONDS);
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

  private synchronized void ask(long count) {
    if (asked == 0) {
      lastSign = System.nanoTime();
    }
    asked = asked + count < 0 ? Long.MAX_VALUE : asked + count;
  }

  /** A reader that asks for nothing gets nothing, which is no silence of the server. */
  private synchronized void check() {
    if (asked > 0 && System.nanoTime() - lastSign > maxSilence.toNanos() && end()) {
      subscriber.onError(
          new IOException(
              "the rest of the API server's answer did not arrive: no byte for "
                  + maxSilence.toSeconds()
                  + " s"));
      // Last, since the JDK reports what it closes as a failure of its own.
      if (subscription != null) {
        subscription.cancel();
      }
    }
  }

  private synchronized boolean end() {
    if (watch != null) {
      watch.cancel(false);
    }
    boolean first = !over;
    over = true;
    return first;
  }

  @Override
  public synchronized void onNext(List<ByteBuffer> buffers) {
    lastSign = System.nanoTime();
    asked--;
    if (!over) {
      subscriber.onNext(buffers);
    }
  }

  @Override
  public synchronized void onError(Throwable failure) {
    if (end()) {
      subscriber.onError(failure);
    }
  }

  @Override
  public synchronized void onComplete() {
    if (end()) {
      subscriber.onComplete();
    }
  }
}
