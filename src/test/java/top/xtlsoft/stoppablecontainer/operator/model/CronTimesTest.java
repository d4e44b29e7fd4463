package top.xtlsoft.stoppablecontainer.operator.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CronTimesTest {

  private static final Instant NOW = Instant.parse("2026-11-27T12:00:00Z");

  private static CronTimes times(String expression, String zone) {
    return new CronTimes(expression, CronTimes.zone(zone));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-27T06:59:59.9Z, 2026-11-26T07:00:00Z, 2026-11-27T07:00:00Z",
    "2026-11-27T07:00:00Z, 2026-11-27T07:00:00Z, 2026-11-30T07:00:00Z",
    "2026-11-27T07:00:30Z, 2026-11-27T07:00:00Z, 2026-11-30T07:00:00Z"
  })
  void findsTheTimesAroundAnInstant(Instant at, Instant last, Instant next) {
    CronTimes times = times("0 8 * * 1-5", "Europe/Berlin");
    assertEquals(Optional.of(last), times.last(at));
    assertEquals(Optional.of(next), times.next(at));
  }

  @ParameterizedTest
  @CsvSource({
    // The clock goes from 02:00 to 03:00 at 01:00Z.
    "30 2 * * *, Europe/Berlin, 2026-03-29T00:59:59Z, 2026-03-28T01:30:00Z, 2026-03-29T01:00:00Z",
    "30 2 * * *, Europe/Berlin, 2026-03-29T01:00:00Z, 2026-03-29T01:00:00Z, 2026-03-30T00:30:00Z",
    "30 2 * * *, Europe/Berlin, 2026-03-29T01:45:00Z, 2026-03-29T01:00:00Z, 2026-03-30T00:30:00Z",
    "0 3 * * *, Europe/Berlin, 2026-03-29T00:59:59Z, 2026-03-28T02:00:00Z, 2026-03-29T01:00:00Z",
    // The clock goes from 02:00 to 01:30 at 15:00Z.
    "45 1 * * *, Australia/Lord_Howe, 2026-04-04T14:50:00Z, 2026-04-04T14:45:00Z, 2026-04-05T15:15:00Z",
    "45 1 * * *, Australia/Lord_Howe, 2026-04-04T15:20:00Z, 2026-04-04T14:45:00Z, 2026-04-05T15:15:00Z",
    // A whole day is skipped.
    "0 12 30 12 *, Pacific/Apia, 2011-12-30T11:00:00Z, 2011-12-30T10:00:00Z, 2012-12-29T22:00:00Z"
  })
  void aTimeThatTheClockSkipsComesWhenItSkipsIt(
      String expression, String zone, Instant at, Instant last, Instant next) {
    assertEquals(Optional.of(last), times(expression, zone).last(at));
    assertEquals(Optional.of(next), times(expression, zone).next(at));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-10-25T00:30:00Z",
        "2026-10-25T00:59:00Z",
        "2026-10-25T01:00:00Z",
        "2026-10-25T01:29:59Z",
        "2026-10-25T01:30:00Z",
        "2026-10-25T02:00:00Z"
      })
  void aTimeThatTheClockShowsTwiceComesTheFirstTime(Instant at) {
    CronTimes times = times("30 2 * * *", "Europe/Berlin");
    assertEquals(Optional.of(Instant.parse("2026-10-25T00:30:00Z")), times.last(at));
    assertEquals(Optional.of(Instant.parse("2026-10-26T01:30:00Z")), times.next(at));
  }

  @ParameterizedTest
  @CsvSource({
    "*/20 * * * *, Europe/Berlin, 2026-03-28T20:00:00Z",
    "*/20 * * * *, Europe/Berlin, 2026-10-24T20:00:00Z",
    "15 1-4 * * *, Australia/Lord_Howe, 2026-04-04T08:00:00Z",
    "15 1-4 * * *, Australia/Lord_Howe, 2026-10-03T08:00:00Z",
    "0 * * * *, Etc/UTC, 2026-10-24T20:00:00Z"
  })
  void theNextTimeIsTheLastOneOnceItHasCome(String expression, String zone, Instant begin) {
    CronTimes times = times(expression, zone);
    Optional<Instant> next = times.next(begin);
    Optional<Instant> last = times.last(begin);
    for (Instant at = begin; at.isBefore(begin.plus(Duration.ofHours(12))); ) {
      at = at.plusSeconds(150);
      if (!at.isBefore(next.orElseThrow())) {
        last = next;
        next = times.next(at);
      }
      assertEquals(last, times.last(at), at.toString());
      assertEquals(next, times.next(at), at.toString());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0 0 29 2 *, 2024-02-29T00:00:00Z, 2028-02-29T00:00:00Z",
    "0 0 31 2/2 *, 2026-10-31T00:00:00Z, 2026-12-31T00:00:00Z",
    "0 0 31 */2 */1, 2026-07-31T00:00:00Z, 2027-01-31T00:00:00Z",
    "0 12 * * sun, 2026-11-22T12:00:00Z, 2026-11-29T12:00:00Z",
    "0 12 * * 7, 2026-11-22T12:00:00Z, 2026-11-29T12:00:00Z",
    // As in crontab(5), either day is enough.
    "0 0 30 2 1, 2026-02-23T00:00:00Z, 2027-02-01T00:00:00Z"
  })
  void readsWhatCrontabReads(String expression, Instant last, Instant next) {
    assertEquals(Optional.of(last), times(expression, "Etc/UTC").last(NOW));
    assertEquals(Optional.of(next), times(expression, "Etc/UTC").next(NOW));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "61 * * * *",
        "a b c d e",
        "0 0 0 * *",
        "* * * * * *",
        "@daily",
        "0 8 * *",
        "0 0 30 2 *",
        "0 0 30/5 feb */1",
        "0 0 31 2,4,6,9,11 *",
        "2-2/ * * * *",
        "0 - * * *",
        "| | | | |",
        "5-1 * * * *",
        "*/0 * * * *"
      })
  void rejectsWhatHasAnErrorOrNeverComes(String expression) {
    assertThrows(IllegalArgumentException.class, () -> times(expression, "Etc/UTC"));
  }

  @Test
  void takesOnlyZonesOfTheDatabase() {
    for (String zone : new String[] {"Mars/Phobos", "GMT+25", "+01:00", "", "berlin"}) {
      assertThrows(DateTimeException.class, () -> CronTimes.zone(zone), zone);
    }
    assertEquals("America/Argentina/Ushuaia", CronTimes.zone("America/Argentina/Ushuaia").getId());
  }
}
