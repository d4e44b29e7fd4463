package top.xtlsoft.stoppablecontainer.operator.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.api.Wanted;

class WantedTest {

  private static final String ONCE =
      """
      running: %s
      template:
        spec:
          restartPolicy: Never
          containers: [{name: main, image: "image:1", command: [run]}]
      """;

  @Test
  void runsWhenTheUserWantsIt() {
    assertEquals(Wanted.RUN, Given.pass(Given.sc(true), null, null, null).observed().wanted());
  }

  @Test
  void isStoppedByTheUser() {
    assertEquals(
        Wanted.STOPPED_BY_USER, Given.pass(Given.sc(false), null, null, null).observed().wanted());
  }

  @Test
  void isCompletedWhenItEndedByItselfUntilTheUserStopsIt() {
    assertEquals(Wanted.COMPLETED, afterItsEnd(true));
    assertEquals(Wanted.STOPPED_BY_USER, afterItsEnd(false));
  }

  @Test
  void isStoppedByTheScheduleUntilTheUserStartsIt() {
    assertEquals(Wanted.STOPPED_BY_SCHEDULE, atMidnight("stop", true, "2025-12-31T00:00:00Z"));
    assertEquals(Wanted.STOPPED_BY_SCHEDULE, atMidnight("stop", false, "2025-12-31T00:00:00Z"));
    assertEquals(Wanted.RUN, atMidnight("stop", true, "2026-01-01T00:00:30Z"));
  }

  /** Before that the operator asks the API server for the user's last word. */
  @Test
  void tellsAnEndByTimeFromOneByTheUser() {
    Decision end = new Decision.DeleteConsumer("not wanted");
    Pass scheduled =
        Pass.begin(
            scheduled("stop", true, "userWish: {running: true, since: 2025-12-31T00:00:00Z}"));
    assertTrue(scheduled.decide(end).isEndedByTime());
    assertFalse(scheduled.isEndedByTime(), "nothing ends");
    assertFalse(Given.pass(Given.sc(false), null, null, null).decide(end).isEndedByTime());
  }

  @Test
  void runsByTheScheduleUntilTheUserStopsIt() {
    assertEquals(Wanted.RUN, atMidnight("start", false, "2025-12-31T00:00:00Z"));
    assertEquals(Wanted.STOPPED_BY_USER, atMidnight("start", false, "2026-01-01T00:00:30Z"));
  }

  @ParameterizedTest
  @CsvSource({
    // The idle stop came last.
    "idle: {after: 30m}, true, 2025-12-31T00:00:00Z, STOPPED_IDLE",
    // The container that the schedule has started.
    "'idle: {after: 30m}\nschedule: [{start: 59 23 * * *}]', false, 2025-12-31T00:00:00Z, STOPPED_IDLE",
    // The user's start came last.
    "idle: {after: 30m}, true, 2026-01-01T00:00:45Z, RUN",
    // The schedule's did.
    "'idle: {after: 30m}\nschedule: [{start: 1 0 * * *}]', true, 2025-12-31T00:00:00Z, RUN",
    // Another user's stop did.
    "idle: {after: 30m}, false, 2026-01-01T00:00:45Z, STOPPED_BY_USER",
    // It is to be stopped no more when it is idle.
    "'', true, 2025-12-31T00:00:00Z, RUN"
  })
  void anIdleStopCountsUntilTheNextStart(
      String spec, boolean running, String wishSince, Wanted wanted) {
    StoppableContainer sc = Given.sc(spec + "\n" + ONCE.formatted(running));
    sc.setStatus(
        Serialization.unmarshal(
            "userWish: {running: %s, since: %s}\nidle: {stoppedAt: 2026-01-01T00:00:30Z}"
                .formatted(running, wishSince),
            StoppableContainerStatus.class));
    assertEquals(wanted, Given.pass(sc, null, null, null).observed().wanted());
  }

  @Test
  void thePassComesBackAtTheNextTimeOfTheSchedule() {
    Observation seen = scheduled("start", false, "{}");
    assertEquals(Optional.of(Instant.parse("2027-01-01T00:00:00Z")), seen.next());
  }

  @ParameterizedTest
  @CsvSource({"2025-12-31T23:59:00Z, RUN", "2026-01-01T00:00:30Z, COMPLETED"})
  void theScheduleStartsWhatEndedByItselfBefore(String end, Wanted wanted) {
    String status =
        """
        userWish: {running: true, since: 2025-12-31T00:00:00Z}
        conditions: [{type: Ended, status: "True", observedGeneration: 1, lastTransitionTime: %s}]
        """;
    assertEquals(wanted, scheduled("start", true, status.formatted(end)).wanted());
  }

  /** At one minute past midnight of a schedule with one time, midnight. */
  private static Wanted atMidnight(String what, boolean running, String wishSince) {
    return scheduled(
            what, running, "userWish: {running: %s, since: %s}".formatted(running, wishSince))
        .wanted();
  }

  private static Observation scheduled(String what, boolean running, String status) {
    StoppableContainer sc =
        Given.sc("schedule: [{%s: 0 0 1 1 *}]\n".formatted(what) + ONCE.formatted(running));
    sc.setStatus(Serialization.unmarshal(status, StoppableContainerStatus.class));
    return Given.pass(sc, null, null, null).observed();
  }

  private static final String SNAPSHOT =
      """
      apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
      kind: StoppableContainerSnapshot
      metadata: {name: before, namespace: ns}
      spec: {source: {name: %s}, stopIfNeeded: %s}
      status: %s
      """;

  private static StoppableContainerSnapshot snapshot(String source, boolean stops, String status) {
    return Serialization.unmarshal(
        SNAPSHOT.formatted(source, stops, status), StoppableContainerSnapshot.class);
  }

  private static StoppableContainerInstance made() {
    return Given.reported(
        Given.instance(Given.sc(true), true, true),
        new AgentReport(new AgentReport.Mount(true, "b", "image@sha256:1"), 2L, null, null, null));
  }

  private static boolean isStopped(StoppableContainerSnapshot snapshot) {
    return SnapshotStop.isWanted(snapshot, made(), Given.NOW);
  }

  @Test
  void isStoppedForASnapshotUnlessItIsStoppedAlready() {
    StoppableContainerSnapshot before = snapshot("box", true, "{}");
    assertEquals(Wanted.STOPPED_FOR_SNAPSHOT, whileTaken(Given.sc(true), null, before));
    assertEquals(Wanted.STOPPED_BY_USER, whileTaken(Given.sc(false), null, before));
    StoppableContainer once = Given.sc(ONCE.formatted(true));
    assertEquals(
        Wanted.COMPLETED,
        whileTaken(once, Given.ended(Given.consumer(once, made()), "Succeeded", null), before));
  }

  private static Wanted whileTaken(
      StoppableContainer sc, @Nullable Pod consumer, StoppableContainerSnapshot snapshot) {
    Observation seen = Given.pass(sc, made(), null, consumer).observed();
    return new Observation(
            seen.key(),
            seen.at(),
            seen.resource(),
            seen.instance(),
            seen.provider(),
            seen.consumer(),
            seen.nodes(),
            Optional.empty(),
            Optional.of(snapshot),
            seen.schedule(),
            seen.snapshots())
        .wanted();
  }

  @Test
  void isStoppedUntilTheSnapshotIsTakenFailedDeletedOrLate() {
    assertTrue(
        isStopped(snapshot("box", true, "{phase: Taking, stopUntil: '2026-01-01T00:01:01Z'}")));
    assertFalse(
        isStopped(snapshot("box", true, "{phase: Taking, stopUntil: '2026-01-01T00:01:00Z'}")));
    assertFalse(
        isStopped(
            snapshot("box", true, "{phase: Taking, agent: {takenAt: '2026-01-01T00:00:30Z'}}")));
    assertFalse(isStopped(snapshot("box", true, "{phase: Failed}")));
    assertFalse(isStopped(Given.deleting(snapshot("box", true, "{}"))));
  }

  @Test
  void isNotStoppedForASnapshotThatWaitsOrIsOfAnother() {
    assertFalse(isStopped(snapshot("box", false, "{}")));
    assertFalse(isStopped(snapshot("other", true, "{}")));
    assertFalse(
        SnapshotStop.isWanted(
            snapshot("box", true, "{}"), Given.instance(Given.sc(true), true, true), Given.NOW),
        "it has no files yet");
  }

  private static Wanted afterItsEnd(boolean running) {
    StoppableContainer once = Given.sc(ONCE.formatted(running));
    StoppableContainerInstance instance = Given.instance(once, true, true);
    return Given.pass(
            once, instance, null, Given.ended(Given.consumer(once, instance), "Succeeded", null))
        .observed()
        .wanted();
  }
}
