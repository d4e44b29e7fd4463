package top.xtlsoft.stoppablecontainer.component.workqueue;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class WorkQueueTest {

  private static final Duration LONG = Duration.ofHours(1);

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final WorkQueue queue =
      new WorkQueue(timer, new Backoff(Duration.ofMillis(1), Duration.ofMillis(50)));

  @AfterEach
  void stopTimer() {
    timer.shutdownNow();
  }

  private Optional<String> take() throws InterruptedException {
    return queue.take(() -> true);
  }

  @Test
  void handsOutInTheOrderOfArrival() throws Exception {
    queue.put("a/1");
    queue.put("a/2");
    assertEquals(Optional.of("a/1"), take());
    assertEquals(Optional.of("a/2"), take());
  }

  @Test
  void handsOutOnceWhatWasPutTwice() {
    queue.put("a/1");
    queue.put("a/1");
    assertEquals(1, queue.depth());
  }

  @Test
  void neverHandsOutAKeyThatAWorkerHas() throws Exception {
    queue.put("a/1");
    take();
    queue.put("a/1");
    assertEquals(0, queue.depth());
  }

  @Test
  void handsOutAgainWhatWasPutWhileAWorkerHadIt() throws Exception {
    queue.put("a/1");
    take();
    queue.put("a/1");
    queue.done("a/1");
    assertEquals(Optional.of("a/1"), take());
  }

  @Test
  void holdsBackWhatFailedAndCountsFailures() throws Exception {
    queue.put("a/1");
    take();
    queue.failed("a/1");
    assertEquals(1, queue.failures("a/1"));
    assertEquals(Optional.of("a/1"), take());
    queue.failed("a/1");
    assertEquals(2, queue.failures("a/1"));
  }

  @Test
  void forgetsFailuresOnSuccess() throws Exception {
    queue.put("a/1");
    take();
    queue.failed("a/1");
    take();
    queue.done("a/1");
    assertEquals(0, queue.failures("a/1"));
  }

  @Test
  void holdsBackAFailedKeyThatWasPutMeanwhile() throws Exception {
    queue.setBackoff(new Backoff(LONG, LONG));
    queue.put("a/1");
    take();
    queue.put("a/1");
    queue.failed("a/1");
    assertEquals(0, queue.depth());
  }

  @Test
  void endsTheBackoffOnALaterEvent() throws Exception {
    queue.setBackoff(new Backoff(LONG, LONG));
    queue.put("a/1");
    take();
    queue.failed("a/1");
    queue.put("a/1");
    assertEquals(Optional.of("a/1"), take());
  }

  @Test
  void keepsTheEarlierOfTwoDelays() {
    queue.putAfter("a/1", Duration.ofMillis(20));
    queue.putAfter("a/1", LONG);
    await().until(() -> queue.depth() == 1);
  }

  @Test
  void letsWorkersGoWhenClosed() throws Exception {
    queue.put("a/1");
    queue.close();
    assertEquals(Optional.empty(), take());
    queue.put("a/1");
    assertEquals(0, queue.depth());
  }

  @Test
  void keepsKeysForOthersWhenAWorkerIsNotWantedAnyMore() throws Exception {
    queue.put("a/1");
    assertTrue(queue.take(() -> false).isEmpty());
    assertEquals(Optional.of("a/1"), take());
  }
}
