package top.xtlsoft.stoppablecontainer.operator.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import top.xtlsoft.stoppablecontainer.api.ScheduleEntry;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;
import top.xtlsoft.stoppablecontainer.api.UserWish;

class ScheduleTest {

  /** On working days from eight to six in Berlin; a Friday's last times are 07:00Z and 17:00Z. */
  private static final String OFFICE =
      "[{start: 0 8 * * 1-5, stop: 0 18 * * 1-5, timeZone: Europe/Berlin}]";

  private static final Instant NOON = Instant.parse("2026-11-27T12:00:00Z");

  private static StoppableContainer resource(
      boolean running, String schedule, String annotations, String status) {
    return Serialization.unmarshal(
        """
        apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
        kind: StoppableContainer
        metadata: {name: box, namespace: ns, annotations: %s}
        spec: {running: %s, schedule: %s}
        status: %s
        """
            .formatted(annotations, running, schedule, status),
        StoppableContainer.class);
  }

  /** The user asked for that value on the Monday before. */
  private static Schedule at(boolean running, String schedule, String time) {
    String wish = "{userWish: {running: %s, since: 2026-11-23T00:00:00Z}}".formatted(running);
    return Schedule.of(resource(running, schedule, "{}", wish), Instant.parse(time)).orElseThrow();
  }

  private static boolean isRunWanted(StoppableContainer resource, String time) {
    return Schedule.of(resource, Instant.parse(time)).orElseThrow().isRunWanted();
  }

  @Test
  void isNotThereWithoutTimes() {
    assertEquals(Optional.empty(), Schedule.of(resource(true, "null", "{}", "{}"), NOON));
    assertEquals(Optional.empty(), Schedule.of(resource(true, "[]", "{}", "{}"), NOON));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-27T06:59:59Z, false, 2026-11-27T07:00:00Z",
    "2026-11-27T07:00:00Z, true, 2026-11-27T17:00:00Z",
    "2026-11-27T16:59:59.9Z, true, 2026-11-27T17:00:00Z",
    "2026-11-27T17:00:00.1Z, false, 2026-11-30T07:00:00Z",
    "2026-11-29T12:00:00Z, false, 2026-11-30T07:00:00Z"
  })
  void itsLastTimeCounts(String now, boolean run, Instant next) {
    for (boolean running : new boolean[] {true, false}) {
      Schedule schedule = at(running, OFFICE, now);
      assertEquals(run, schedule.isRunWanted(), now);
      assertEquals(Optional.of(run), schedule.last().map(Schedule.Change::running));
      assertEquals(Optional.of(new Schedule.Change(next, !run)), schedule.next());
    }
  }

  @Test
  void theUsersChangeCountsUntilTheNextTime() {
    String before = "{userWish: {running: true, since: 2026-11-23T00:00:00Z}}";
    Schedule changed = Schedule.of(resource(false, OFFICE, "{}", before), NOON).orElseThrow();
    assertFalse(changed.isRunWanted());
    assertEquals(Optional.empty(), changed.last());
    assertEquals(new UserWish(false, "2026-11-27T12:00:00Z", null), changed.userWish());

    String written = "{userWish: {running: false, since: 2026-11-27T12:00:00Z}}";
    StoppableContainer stopped = resource(false, OFFICE, "{}", written);
    assertFalse(isRunWanted(stopped, "2026-11-30T06:59:59Z"));
    assertTrue(isRunWanted(stopped, "2026-11-30T07:00:00Z"));
  }

  @ParameterizedTest
  @CsvSource({"'{}', true", "'{%s: a}', true", "'{%s: b}', false", "'{%s: %s}', true"})
  void aNewAnnotationCountsAsAChange(String annotations, boolean run) {
    String written = "{userWish: {running: false, since: 2026-11-23T00:00:00Z, setAt: a}}";
    String named = annotations.formatted(UserAnnotation.RUNNING_SET_AT.key(), "x".repeat(65));
    Schedule schedule = Schedule.of(resource(false, OFFICE, named, written), NOON).orElseThrow();
    assertEquals(run, schedule.isRunWanted());
    assertEquals(run ? "a" : "b", schedule.userWish().setAt());
  }

  @Test
  void timesBeforeTheScheduleWasThereDoNotCount() {
    assertFalse(isRunWanted(resource(false, OFFICE, "{}", "{}"), NOON.toString()));
  }

  @Test
  void ofSeveralMissedTimesOnlyTheLastCounts() {
    String wish = "{userWish: {running: false, since: 2026-11-02T00:00:00Z}}";
    StoppableContainer away = resource(false, OFFICE, "{}", wish);
    Instant start = Instant.parse("2026-11-27T07:00:00Z");
    assertEquals(
        Optional.of(new Schedule.Change(start, true)),
        Schedule.of(away, NOON).orElseThrow().last());
    assertFalse(isRunWanted(away, "2026-11-27T20:00:00Z"), "a start and a stop were missed");
  }

  @Test
  void aStopCountsAtTheSameTime() {
    String both = "[{start: 0 7 * * *, stop: 0 7 * * *}]";
    Schedule schedule = at(true, both, "2026-11-27T07:00:30Z");
    assertFalse(schedule.isRunWanted());
    assertEquals(Optional.of(false), schedule.next().map(Schedule.Change::running));
  }

  @Test
  void theLatestTimeOfAllEntriesCounts() {
    String two = "[{start: 0 6 * * *}, {stop: 0 9 * * *, timeZone: Asia/Tokyo}]";
    assertFalse(at(true, two, "2026-11-27T05:00:00Z").isRunWanted());
    assertTrue(at(true, two, "2026-11-27T06:00:00Z").isRunWanted());
    assertFalse(at(true, two, "2026-11-28T00:00:00Z").isRunWanted());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{start: 61 * * * *}; spec.schedule[1].start: Value 61 not in range [0, 59]. Write minute,",
        "{start: 0 8 * * *, stop: 0 0 30 2 *}; spec.schedule[1].stop: no year has such a day. Write",
        "{start: 0 8 * * *, timeZone: Mars/Phobos};"
            + " spec.schedule[1].timeZone: unknown time zone Mars/Phobos. Write a name"
      })
  void namesTheFieldOfAnError(String entry, String problem) {
    String text = "[{start: 0 8 * * *}, " + entry + "]";
    List<ScheduleEntry> entries = resource(true, text, "{}", "{}").getSpec().schedule();
    String found = Schedule.problem(entries).orElseThrow();
    assertTrue(found.startsWith(problem), found);
  }

  @Test
  void anEntryWithAnErrorSaysNothing() {
    Schedule schedule = at(true, "[{stop: '@daily'}]", "2026-11-27T12:00:00Z");
    assertTrue(schedule.isRunWanted(), "the user's wish counts");
    assertEquals(Optional.empty(), schedule.next());
    assertEquals(
        Optional.empty(),
        Schedule.problem(List.of(new ScheduleEntry("0 0 29 2 *", "0 8 * * mon", null))));
  }
}
