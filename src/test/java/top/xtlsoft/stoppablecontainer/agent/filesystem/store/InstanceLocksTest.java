package top.xtlsoft.stoppablecontainer.agent.filesystem.store;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;

@Timeout(60)
class InstanceLocksTest {

  private static final Place PLACE = new Place("/prefix", "ns", "one");
  private static final Place OTHER = new Place("/prefix", "ns", "two");

  private final InstanceLocks locks = new InstanceLocks(Duration.ofMillis(20));
  private final CountDownLatch end = new CountDownLatch(1);
  private final CountDownLatch begun = new CountDownLatch(1);

  @AfterEach
  void endOtherThread() {
    end.countDown();
  }

  private boolean untilTheEnd() {
    begun.countDown();
    try {
      return end.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private CompletableFuture<Boolean> begin(Supplier<Boolean> job) throws InterruptedException {
    CompletableFuture<Boolean> other = CompletableFuture.supplyAsync(job);
    assertTrue(begun.await(60, TimeUnit.SECONDS));
    return other;
  }

  @Test
  void jobGivesItsWorkerBackWhileAnotherChangesTheFolder() throws Exception {
    CompletableFuture<Boolean> removal = begin(() -> locks.alone(PLACE, this::untilTheEnd));
    NotYetException early =
        assertThrows(NotYetException.class, () -> locks.alone(PLACE, () -> true));
    assertTrue(early.tryAgain());
    assertThrows(NotYetException.class, () -> locks.together(PLACE, () -> true));
    assertThrows(NotYetException.class, () -> locks.yielding(PLACE, isWanted -> true));
    end.countDown();
    removal.join();
    assertTrue(locks.alone(PLACE, () -> true));
  }

  @Test
  void usesOfAFolderGoSideBySideAndHoldUpAChange() throws Exception {
    CompletableFuture<Boolean> sync = begin(() -> locks.together(PLACE, this::untilTheEnd));
    assertTrue(locks.together(PLACE, () -> true));
    assertFalse(locks.<Boolean>yielding(PLACE, BooleanSupplier::getAsBoolean));
    assertThrows(NotYetException.class, () -> locks.alone(PLACE, () -> true));
    end.countDown();
    assertTrue(sync.join());
  }

  @Test
  void jobOfAnotherInstanceIsNotHeldUp() throws Exception {
    begin(() -> locks.alone(PLACE, this::untilTheEnd));
    assertTrue(locks.alone(OTHER, () -> true));
  }

  @Test
  void countYieldsToAJobThatWaits() {
    InstanceLocks patient = new InstanceLocks(Duration.ofMinutes(1));
    CompletableFuture<Boolean> mount = new CompletableFuture<>();
    patient.yielding(
        PLACE,
        isWanted -> {
          assertFalse(isWanted.getAsBoolean());
          mount.completeAsync(() -> patient.alone(PLACE, () -> true));
          await().until(isWanted::getAsBoolean);
          return true;
        });
    assertTrue(mount.join());
  }

  @Test
  void changeIncludesUsesAndChangesOfTheSameThread() {
    assertTrue(
        locks.alone(
            PLACE, () -> locks.alone(PLACE, () -> true) && locks.together(PLACE, () -> true)));
  }

  @Test
  void useNeverTurnsIntoAChange() {
    assertThrows(
        IllegalStateException.class,
        () -> locks.together(PLACE, () -> locks.alone(PLACE, () -> true)));
  }

  @Test
  void keepsNothingOfPlacesThatNoJobWorksOn() {
    locks.alone(PLACE, () -> locks.together(OTHER, () -> true));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            locks.alone(
                PLACE,
                () -> {
                  throw new IllegalArgumentException("the job fails");
                }));
    assertEquals(0, locks.size());
  }
}
