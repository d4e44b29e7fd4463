package top.xtlsoft.stoppablecontainer.runtime.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsAccessTest {

  private final AtomicLong nanoTime = new AtomicLong(-7);
  private final List<String> asked = new ArrayList<>();
  private Access answer = Access.GRANTED;

  private final MetricsAccess access = new MetricsAccess(this::review, nanoTime::get);

  private Access review(String token) {
    asked.add(token);
    return answer;
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", "Bearer", "Bearer ", "Bearer   ", "Basic dXNlcjpwYXNz", "token"})
  void rejectsMalformedTokenWithoutReview(String header) {
    assertEquals(Access.UNAUTHENTICATED, access.of(Optional.ofNullable(header)));
    assertEquals(List.of(), asked);
  }

  @Test
  void returnsResultOfReview() {
    answer = Access.FORBIDDEN;
    assertEquals(Access.FORBIDDEN, access.of(Optional.of("Bearer one")));
    answer = Access.UNAUTHENTICATED;
    assertEquals(Access.UNAUTHENTICATED, access.of(Optional.of("bearer two")));
    answer = Access.GRANTED;
    assertEquals(Access.GRANTED, access.of(Optional.of("Bearer three")));
    assertEquals(List.of("one", "two", "three"), asked);
  }

  @Test
  void reviewsAgainWhenResultExpires() {
    access.of(Optional.of("Bearer one"));
    answer = Access.FORBIDDEN;
    nanoTime.addAndGet(MetricsAccess.REMEMBERED.toNanos() - 1);
    assertEquals(Access.GRANTED, access.of(Optional.of("Bearer one")));
    assertEquals(1, asked.size());
    nanoTime.incrementAndGet();
    assertEquals(Access.FORBIDDEN, access.of(Optional.of("Bearer one")));
    assertEquals(2, asked.size());
  }

  @Test
  void keepsResultsOfTokensApart() {
    access.of(Optional.of("Bearer one"));
    answer = Access.UNAUTHENTICATED;
    assertEquals(Access.UNAUTHENTICATED, access.of(Optional.of("Bearer one2")));
    assertEquals(Access.GRANTED, access.of(Optional.of("Bearer one")));
  }

  @Test
  void doesNotRememberUnreachableApiServer() {
    answer = Access.UNAVAILABLE;
    assertEquals(Access.UNAVAILABLE, access.of(Optional.of("Bearer one")));
    answer = Access.GRANTED;
    assertEquals(Access.GRANTED, access.of(Optional.of("Bearer one")));
  }

  @ParameterizedTest
  @CsvSource({"FORBIDDEN," + MetricsAccess.MAX_STRANGERS, "GRANTED," + MetricsAccess.MAX_READERS})
  void evictsOldestResult(Access each, int most) {
    answer = each;
    for (int i = 0; i <= most; i++) {
      access.of(Optional.of("Bearer " + i));
    }
    assertEquals(most, access.size());
    asked.clear();
    access.of(Optional.of("Bearer 1"));
    assertEquals(List.of(), asked);
    access.of(Optional.of("Bearer 0"));
    assertEquals(List.of("0"), asked);
  }

  @Test
  void strangersDoNotEvictReaders() {
    access.of(Optional.of("Bearer reader"));
    answer = Access.UNAUTHENTICATED;
    for (int i = 0; i < 2 * MetricsAccess.MAX_STRANGERS; i++) {
      access.of(Optional.of("Bearer " + i));
    }
    asked.clear();
    assertEquals(Access.GRANTED, access.of(Optional.of("Bearer reader")));
    assertEquals(List.of(), asked);
  }

  @Test
  void reviewsReaderWhileStrangersAreBusy() throws Exception {
    CountDownLatch inside = new CountDownLatch(MetricsAccess.MAX_REVIEWS);
    CompletableFuture<Access> slow = new CompletableFuture<>();
    MetricsAccess busy =
        new MetricsAccess(
            token -> {
              if (token.equals("reader")) {
                return answer;
              }
              inside.countDown();
              return slow.join();
            },
            nanoTime::get);
    assertEquals(Access.GRANTED, busy.of(Optional.of("Bearer reader")));
    nanoTime.addAndGet(10 * MetricsAccess.REMEMBERED.toNanos());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < MetricsAccess.MAX_REVIEWS; i++) {
        String header = "Bearer " + i;
        threads.submit(() -> busy.of(Optional.of(header)));
      }
      inside.await();
      assertEquals(Access.BUSY, busy.of(Optional.of("Bearer more")));
      assertEquals(Access.GRANTED, busy.of(Optional.of("Bearer reader")));

      // After its right is revoked, the reader counts as a stranger.
      answer = Access.FORBIDDEN;
      nanoTime.addAndGet(MetricsAccess.REMEMBERED.toNanos());
      assertEquals(Access.FORBIDDEN, busy.of(Optional.of("Bearer reader")));
      nanoTime.addAndGet(MetricsAccess.REMEMBERED.toNanos());
      assertEquals(Access.BUSY, busy.of(Optional.of("Bearer reader")));
      slow.complete(Access.UNAUTHENTICATED);
    }
  }

  @Test
  void limitsConcurrentReviews() throws Exception {
    CountDownLatch inside = new CountDownLatch(MetricsAccess.MAX_REVIEWS);
    CompletableFuture<Access> slow = new CompletableFuture<>();
    MetricsAccess busy =
        new MetricsAccess(
            token -> {
              inside.countDown();
              return slow.join();
            },
            nanoTime::get);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Access>> waiting = new ArrayList<>();
      for (int i = 0; i < MetricsAccess.MAX_REVIEWS; i++) {
        String header = "Bearer " + i;
        waiting.add(threads.submit(() -> busy.of(Optional.of(header))));
      }
      inside.await();
      assertEquals(Access.BUSY, busy.of(Optional.of("Bearer more")));
      slow.complete(Access.GRANTED);
      for (Future<Access> one : waiting) {
        assertEquals(Access.GRANTED, one.get());
      }
    }
    assertEquals(Access.GRANTED, busy.of(Optional.of("Bearer more")));
  }

  @Test
  void failedReviewReturnsItsPermit() {
    MetricsAccess failing =
        new MetricsAccess(
            token -> {
              throw new IllegalStateException(token);
            },
            nanoTime::get);
    for (int i = 0; i <= MetricsAccess.MAX_REVIEWS; i++) {
      assertThrows(IllegalStateException.class, () -> failing.of(Optional.of("Bearer one")));
    }
  }

  @Test
  void hasHttpStatus() {
    Map<Access, Integer> statuses =
        Map.of(
            Access.GRANTED, 200,
            Access.UNAUTHENTICATED, 401,
            Access.FORBIDDEN, 403,
            Access.BUSY, 429,
            Access.UNAVAILABLE, 503);
    statuses.forEach((access, status) -> assertEquals(status, access.httpStatus()));
  }
}
