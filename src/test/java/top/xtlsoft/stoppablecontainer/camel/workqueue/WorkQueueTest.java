package top.xtlsoft.stoppablecontainer.camel.workqueue;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class WorkQueueTest {

  private static final Duration FIRST = Duration.ofMillis(1);
  private static final Duration LONG = Duration.ofHours(1);

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final WorkQueue queue = new WorkQueue(timer, new Backoff(FIRST, Duration.ofMillis(50)));

  @BeforeEach
  void open() {
    queue.open();
  }

  @AfterEach
  void stopTimer() {
    timer.shutdownNow();
  }

  private Optional<String> take() throws InterruptedException {
    return queue.take(() -> true);
  }

  /** An open queue with a back-off longer than the test. */
  private WorkQueue slow() {
    WorkQueue slow = new WorkQueue(timer, new Backoff(LONG, LONG));
    slow.open();
    return slow;
  }

  private List<String> takeAll() throws InterruptedException {
    List<String> taken = new ArrayList<>();
    while (queue.depth() > 0) {
      take().ifPresent(taken::add);
    }
    return taken;
  }

  @Test
  void handsOutInTheOrderOfArrival() throws Exception {
    queue.put("a/1");
    queue.put("a/2");
    assertEquals(Optional.of("a/1"), take());
    assertEquals(Optional.of("a/2"), take());
  }

  @Test
  void namespacesTakeTurns() throws Exception {
    queue.put("many/1");
    queue.put("many/2");
    queue.put("many/3");
    queue.put("one/1");
    assertEquals(List.of("many/1", "one/1", "many/2", "many/3"), takeAll());
  }

  @Test
  void handsOutOtherKeysBetweenBackgroundKeys() throws Exception {
    queue.putInBackground("many/1");
    queue.putInBackground("others/2");
    queue.putInBackground("many/3");
    queue.put("one/1");
    queue.put("one/2");
    assertEquals(List.of("many/1", "one/1", "others/2", "one/2", "many/3"), takeAll());
  }

  @Test
  void putMovesKeyOutOfBackground() throws Exception {
    queue.putInBackground("many/1");
    queue.putInBackground("many/2");
    queue.putInBackground("one/1");
    queue.put("one/1");
    assertEquals(3, queue.depth());
    assertEquals(List.of("many/1", "one/1", "many/2"), takeAll());
  }

  @Test
  void handsOutKeysAfterBackgroundIsEmptied() throws Exception {
    queue.putInBackground("one/1");
    queue.put("one/1");
    queue.putInBackground("many/1");
    assertEquals(List.of("many/1", "one/1"), takeAll().stream().sorted().toList());
    assertEquals(0, queue.depth());
  }

  @Test
  void keysOfInitialListWaitBehindChanges() throws Exception {
    WorkQueue starting = new WorkQueue(timer, new Backoff(LONG, LONG));
    starting.put("many/1");
    starting.put("many/2");
    starting.put("one/1");
    starting.open();
    starting.put("one/1");
    assertEquals(Optional.of("many/1"), starting.take(() -> true));
    assertEquals(Optional.of("one/1"), starting.take(() -> true));
  }

  @Test
  void handsOutRepeatedlyPutKeyOnce() {
    queue.put("a/1");
    queue.put("a/1");
    assertEquals(1, queue.depth());
  }

  @Test
  void neverHandsOutKeyToTwoWorkers() throws Exception {
    queue.put("a/1");
    take();
    queue.put("a/1");
    assertEquals(0, queue.depth());
  }

  @Test
  void handsOutKeyAgainAfterPutDuringWork() throws Exception {
    queue.put("a/1");
    take();
    queue.put("a/1");
    queue.done("a/1");
    assertEquals(Optional.of("a/1"), take());
  }

  @Test
  void retriesFailedKeyWithLongerDelays() throws Exception {
    queue.put("a/1");
    take();
    assertEquals(FIRST, queue.failed("a/1"));
    assertEquals(Optional.of("a/1"), take());
    assertEquals(FIRST.multipliedBy(2), queue.failed("a/1"));
  }

  @Test
  void resetsDelayOnSuccess() throws Exception {
    queue.put("a/1");
    take();
    queue.failed("a/1");
    take();
    queue.done("a/1");
    queue.put("a/1");
    take();
    assertEquals(FIRST, queue.failed("a/1"));
  }

  @Test
  void delaysFailedKeyDespitePutDuringWork() throws Exception {
    WorkQueue slow = slow();
    slow.put("a/1");
    slow.take(() -> true);
    slow.put("a/1");
    slow.failed("a/1");
    assertEquals(0, slow.depth());
  }

  @Test
  void laterPutEndsBackoff() throws Exception {
    WorkQueue slow = slow();
    slow.put("a/1");
    slow.take(() -> true);
    slow.failed("a/1");
    slow.put("a/1");
    assertEquals(Optional.of("a/1"), slow.take(() -> true));
  }

  @Test
  void keepsTheEarlierOfTwoDelays() {
    queue.putAfter("a/1", Duration.ofMillis(20));
    queue.putAfter("a/1", LONG);
    await().until(() -> queue.depth() == 1);
  }

  @Test
  void closeReleasesWorkers() throws Exception {
    queue.put("a/1");
    queue.close();
    assertEquals(Optional.empty(), take());
    queue.put("a/1");
    assertEquals(0, queue.depth());
  }

  @Test
  void stoppingWorkerLeavesKeysToOthers() throws Exception {
    queue.put("a/1");
    assertTrue(queue.take(() -> false).isEmpty());
    assertEquals(Optional.of("a/1"), take());
  }

  @Test
  void measuresWaitsAndWork() throws Exception {
    assertEquals(Duration.ZERO, queue.oldestWait());
    assertEquals(Duration.ZERO, queue.longestWork());
    queue.put("a/1");
    await().until(() -> queue.oldestWait().toMillis() > 20);
    queue.put("a/2");
    queue.put("a/1");
    assertTrue(queue.oldestWait().toMillis() > 20, "a repeated put restarts the wait");
    take();
    await().until(() -> queue.longestWork().toMillis() > 20);
    queue.put("a/1");
    take();
    assertTrue(queue.oldestWait().compareTo(Duration.ZERO) > 0, "put again during work");
    queue.failed("a/1");
    queue.done("a/2");
    assertEquals(Duration.ZERO, queue.longestWork());
  }
}
