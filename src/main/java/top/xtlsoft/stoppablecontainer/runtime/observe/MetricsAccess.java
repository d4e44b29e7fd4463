package top.xtlsoft.stoppablecontainer.runtime.observe;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.Sha256;
import top.xtlsoft.stoppablecontainer.runtime.RecentMap;

/**
 * Decides who may read the metrics, and limits the reviews that clients can cause: it remembers
 * each result for {@link #REMEMBERED} and runs few reviews at once. Known readers have their own
 * permits, so that any number of strangers cannot lock out a scraper.
 */
final class MetricsAccess {

  /** A revoked right stays valid for at most this time. */
  static final Duration REMEMBERED = Duration.ofSeconds(10);

  /** Remembered clients without access; they evict only each other. */
  static final int MAX_STRANGERS = 256;

  /** Remembered scrapers: there are few, but each gets a new token periodically. */
  static final int MAX_READERS = 64;

  /** Maximum number of concurrent reviews, for strangers and for readers each. */
  static final int MAX_REVIEWS = 4;

  private static final String SCHEME = "Bearer ";

  private final Function<String, Access> reviews;
  private final LongSupplier nanoTime;
  private final Known strangers = new Known(MAX_STRANGERS);

  /** Expired results stay in the map: they no longer grant access, but select these permits. */
  private final Known readers = new Known(MAX_READERS);

  private record Remembered(Access access, long sinceNanos) {}

  /** Answers by the hash of their token, and permits for lookups. */
  private record Known(Map<String, Remembered> answers, Semaphore free) {
    Known(int max) {
      this(RecentMap.ofMax(max), new Semaphore(MAX_REVIEWS));
    }
  }

  /**
   * @param reviews reviews a token with the API server
   * @param nanoTime time in nanoseconds, with any origin
   */
  MetricsAccess(Function<String, Access> reviews, LongSupplier nanoTime) {
    this.reviews = reviews;
    this.nanoTime = nanoTime;
  }

  /** The access of a client with this {@code Authorization} header. */
  Access of(Optional<String> authorization) {
    // RFC 9110, 11.1: the scheme is case-insensitive.
    return authorization
        .filter(value -> value.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
        .map(value -> value.substring(SCHEME.length()).strip())
        .filter(token -> !token.isEmpty())
        .map(this::ofToken)
        .orElse(Access.UNAUTHENTICATED);
  }

  private Access ofToken(String token) {
    // The hash, so that no token stays in memory after its request.
    String hash = Sha256.hex(token);
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
    known(answer.access()).answers().put(hash, answer);
  }

  /** Number of remembered results. */
  synchronized int size() {
    return readers.answers().size() + strangers.answers().size();
  }
}
