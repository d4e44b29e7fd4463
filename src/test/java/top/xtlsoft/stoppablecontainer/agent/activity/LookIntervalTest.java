package top.xtlsoft.stoppablecontainer.agent.activity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LookIntervalTest {

  @ParameterizedTest
  @CsvSource({"10s, 2", "16s, 2", "32s, 4", "5m, 32", "30m, 128", "720h, 128"})
  void looksAboutEightTimes(String after, long seconds) {
    Duration time = Duration.parse("PT" + after.toUpperCase(java.util.Locale.ROOT));
    assertEquals(Duration.ofSeconds(seconds), LookInterval.of(time));
  }

  @ParameterizedTest
  @CsvSource({"0, 1, false", "0, 127, false", "0, 128, true", "127, 128, true", "300, 0, true"})
  void isDueForAllContainersAtTheSameTime(long last, long now, boolean due) {
    assertEquals(
        due,
        LookInterval.isDue(
            Instant.ofEpochSecond(last), Instant.ofEpochSecond(now), Duration.ofSeconds(128)));
  }
}
