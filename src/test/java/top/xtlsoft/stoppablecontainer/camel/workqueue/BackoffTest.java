package top.xtlsoft.stoppablecontainer.camel.workqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackoffTest {

  private final Backoff backoff = new Backoff(Duration.ofMillis(10), Duration.ofSeconds(30));

  @ParameterizedTest
  @CsvSource({"1,10", "2,20", "3,40", "12,20480", "13,30000", "14,30000", "1000000,30000"})
  void doublesUpToMaximum(int failures, long delayMs) {
    assertEquals(Duration.ofMillis(delayMs), backoff.delay(failures));
  }

  @Test
  void rejectsMaximumBelowFirstDelay() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(1)));
  }
}
