package top.xtlsoft.stoppablecontainer.runtime.observe;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Says who may read the metrics, and keeps those who may not from having the API server asked all
 * the time: an answer is remembered for a while, and few are looked up at once. Who was let in
 * before is looked up beside the strangers, so that however many they are, a scraper is served.
 */
final class MetricsAccess {

  /** How long a right that is taken away still counts, at most. */
  static final Duration REMEMBERED = Duration.ofSeconds(10);

  /** Strangers may only push each other out. */
  static final int MOST_STRANGERS = 256;

  /** Scrapers are a few, each with a new token now and then. */
  static final int MOST_READERS = 64;

  /** Reviews at a time, of strangers and of readers each: what the API server is asked at most. */
  static final int MOST_REVIEWS = 4;

  private static final String SCHEME = "Bearer ";

  private final Function<String, Access> reviews;
  private final LongSupplier nanoTime;
  private final Known strangers = new Known(MOST_STRANGERS);

  /** Kept when their answer is old, too: it does not count any more, but says how to ask again. */
  private final Known readers = new Known(MOST_READERS);

  private record Remembered(Access access, long sinceNanos) {}

  /** Answers by their token's hash, the oldest first, and who of them is being looked up. */
  private record Known(int most, Map<String, Remembered> answers, Semaphore free) {
    Known(int most) {
      this(most, new LinkedHashMap<>(), new Semaphore(MOST_REVIEWS));
    }
  }

  /**
   * @param reviews asks the API server about a token
   * @param nanoTime the time in nanoseconds, of any origin
   */
  MetricsAccess(Function<String, Access> reviews, LongSupplier nanoTime) {
    this.reviews = reviews;
    this.nanoTime = nanoTime;
  }

  /** What the sender of that {@code Authorization} header may. */
  Access of(Optional<String> authorization) {
    // RFC 9110, 11.1: the scheme's case does not matter.
    return authorization
        .filter(value -> value.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
        .map(value -> value.substring(SCHEME.length()).strip())
        .filter(token -> !token.isEmpty())
        .map(this::ofToken)
        .orElse(Access.UNAUTHENTICATED);
  }

  private Access ofToken(String token) {
    String hash = hash(token);
    Remembered last = recall(hash);
    if (last != null && nanoTime.getAsLong() - last.sinceNanos() < REMEMBERED.toNanos()) {
      return last.access();
    }
    Semaphore free = last == null ? strangers.free() : known(last.access()).free();
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

  private Known known(Access access) {
    return access == Access.GRANTED ? readers : strangers;
  }

  private synchronized @Nullable Remembered recall(String hash) {
    Remembered reader = readers.answers().get(hash);
    return reader == null ? strangers.answers().get(hash) : reader;
  }

  private synchronized void remember(String hash, Remembered answer) {
    readers.answers().remove(hash);
    strangers.answers().remove(hash);
    Known known = known(answer.access());
    known.answers().put(hash, answer);
    if (known.answers().size() > known.most()) {
      known.answers().remove(known.answers().keySet().iterator().next());
    }
  }

  /** How many answers are remembered. */
  synchronized int size() {
    return readers.answers().size() + strangers.answers().size();
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
