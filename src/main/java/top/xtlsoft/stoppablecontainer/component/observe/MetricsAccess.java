package top.xtlsoft.stoppablecontainer.component.observe;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Says who may read the metrics, and keeps those who may not from having the API server asked all
 * the time: an answer is remembered for a while, and few are looked up at once.
 */
final class MetricsAccess {

  /** How long a right that is taken away still counts, at most. */
  static final Duration REMEMBERED = Duration.ofSeconds(10);

  /** Scrapers are a few; the rest are strangers, who may only push each other out. */
  static final int MOST_REMEMBERED = 256;

  /** Reviews at a time: fewer than there are threads, so that health is always answered. */
  static final int MOST_REVIEWS = 4;

  private static final String SCHEME = "Bearer ";

  private final Function<String, Access> reviews;
  private final LongSupplier nanoTime;
  private final Semaphore free = new Semaphore(MOST_REVIEWS);
  private final Map<String, Remembered> remembered = new LinkedHashMap<>();

  private record Remembered(Access access, long sinceNanos) {}

  /**
   * @param reviews asks the API server about a token
   * @param nanoTime the time in nanoseconds, of any origin
   */
  MetricsAccess(Function<String, Access> reviews, LongSupplier nanoTime) {
    this.reviews = reviews;
    this.nanoTime = nanoTime;
  }

  /** What the sender of that {@code Authorization} header may, null if there is none. */
  Access of(@Nullable String authorization) {
    // RFC 9110, 11.1: the scheme's case does not matter.
    if (authorization == null
        || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return Access.UNAUTHENTICATED;
    }
    String token = authorization.substring(SCHEME.length()).strip();
    if (token.isEmpty()) {
      return Access.UNAUTHENTICATED;
    }
    String hash = hash(token);
    Access known = recall(hash);
    if (known != null) {
      return known;
    }
    if (!free.tryAcquire()) {
      return Access.BUSY;
    }
    try {
      long since = nanoTime.getAsLong();
      Access access = reviews.apply(token);
      if (access.isAnswer()) {
        remember(hash, new Remembered(access, since));
      }
      return access;
    } finally {
      free.release();
    }
  }

  private synchronized @Nullable Access recall(String hash) {
    Remembered answer = remembered.get(hash);
    if (answer == null) {
      return null;
    }
    if (nanoTime.getAsLong() - answer.sinceNanos() >= REMEMBERED.toNanos()) {
      remembered.remove(hash);
      return null;
    }
    return answer.access();
  }

  private synchronized void remember(String hash, Remembered answer) {
    // Put anew, so that the first one is the oldest.
    remembered.remove(hash);
    remembered.put(hash, answer);
    if (remembered.size() > MOST_REMEMBERED) {
      remembered.remove(remembered.keySet().iterator().next());
    }
  }

  /** How many answers are remembered. */
  synchronized int size() {
    return remembered.size();
  }

  /** No token lies in memory for longer than its request. */
  private static String hash(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
