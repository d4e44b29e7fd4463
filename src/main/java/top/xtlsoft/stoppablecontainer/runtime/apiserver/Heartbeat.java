package top.xtlsoft.stoppablecontainer.runtime.apiserver;

import java.io.IOException;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pings the server over a WebSocket and fails the connection when nothing has arrived for {@link
 * #MAX_SILENCE}.
 */
final class Heartbeat implements WebSocket.Listener {

  private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);

  private static final Duration INTERVAL = Duration.ofSeconds(5);

  /** Four unanswered pings, so that a short pause of a machine does not end the connection. */
  static final Duration MAX_SILENCE = Duration.ofSeconds(20);

  private static final ScheduledExecutorService TIMER = timer();

  private final WebSocket.Listener listener;
  private final AtomicBoolean over = new AtomicBoolean();
  private volatile long lastSign = System.nanoTime();
  private volatile @Nullable ScheduledFuture<?> pings;

  Heartbeat(WebSocket.Listener listener) {
    this.listener = listener;
  }

  private static ScheduledExecutorService timer() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("heartbeat").daemon().factory());
    // There is a look for each answer, most of which are over before the first look.
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  /**
   * Looks for silence again and again, on the one thread that does so for all connections.
   *
   * @param look must neither wait nor call code of others: {@link #apart}
   */
  static ScheduledFuture<?> every(Duration interval, Runnable look) {
    long nanos = interval.toNanos();
    return TIMER.scheduleWithFixedDelay(look, nanos, nanos, TimeUnit.NANOSECONDS);
  }

  /** Runs what silence leads to on a thread of its own. */
  static void apart(Runnable consequence) {
    Thread.ofVirtual().name("silence").start(consequence);
  }

  private void beat(WebSocket socket) {
    Duration silence = Duration.ofNanos(System.nanoTime() - lastSign);
    if (silence.compareTo(MAX_SILENCE) < 0) {
      // A ping that can't be sent gets no answer either, so its failure needs no handling.
      socket.sendPing(ByteBuffer.allocate(0));
    } else if (end()) {
      LOG.info("API server connection is silent, reconnecting: seconds={}", silence.toSeconds());
      apart(
          () -> {
            socket.abort();
            listener.onError(
                socket, new IOException("no sign of the API server over this connection"));
          });
    }
  }

  private boolean end() {
    ScheduledFuture<?> beating = pings;
    if (beating != null) {
      beating.cancel(false);
    }
    return over.compareAndSet(false, true);
  }

  @Override
  public void onOpen(WebSocket socket) {
    lastSign = System.nanoTime();
    pings = every(INTERVAL, () -> beat(socket));
    listener.onOpen(socket);
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
    lastSign = System.nanoTime();
    return listener.onText(socket, data, last);
  }

  @Override
  public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
    lastSign = System.nanoTime();
    return listener.onBinary(socket, data, last);
  }

  @Override
  public @Nullable CompletionStage<?> onPing(WebSocket socket, ByteBuffer message) {
    lastSign = System.nanoTime();
    return listener.onPing(socket, message);
  }

  @Override
  public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
    lastSign = System.nanoTime();
    return listener.onPong(socket, message);
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
    end();
    return listener.onClose(socket, status, reason);
  }

  @Override
  public void onError(WebSocket socket, Throwable error) {
    // After beat() has aborted the connection, the listener already knows the error.
    if (end()) {
      listener.onError(socket, error);
    }
  }
}
