package top.xtlsoft.stoppablecontainer.operator.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.SnapshotScheduleStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;

/** It is always {@link Given#NOW}, a minute after midnight of the new year. */
class SnapshotKeeperTest {

  private static final String MIDNIGHT = "box-20260101-0000";
  private static final String BEFORE = "{snapshots: {doneUntil: '2025-12-31T00:00:00Z'}}";

  private static StoppableContainer box(String snapshots, String status) {
    StoppableContainer sc =
        Given.sc(
            """
            running: true
            snapshots: %s
            template:
              container: {image: "image:1", command: [run]}
            """
                .formatted(snapshots));
    sc.setStatus(Serialization.unmarshal("---\n" + status, StoppableContainerStatus.class));
    return sc;
  }

  /** A box whose schedule has taken nothing since the day before. */
  private static StoppableContainer daily(String more) {
    return box("{schedule: 0 0 * * *%s}".formatted(more), BEFORE);
  }

  private static StoppableContainerInstance running() {
    return Given.instance(Given.sc(true), true, true);
  }

  private static StoppableContainerInstance stopped() {
    return Given.instance(Given.sc(false), false, true);
  }

  private static StoppableContainerSnapshot snapshot(String name, String age, String status) {
    StoppableContainerSnapshot snapshot =
        Serialization.unmarshal(
            """
            apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
            kind: StoppableContainerSnapshot
            metadata:
              name: %s
              namespace: ns
              labels: {stoppablecontainer.xtlsoft.top/scheduled-by: box}
              creationTimestamp: %s
            spec:
              source: {name: box}
            status: %s
            """
                .formatted(name, Given.NOW.minus(Duration.parse(age)), status),
            StoppableContainerSnapshot.class);
    return snapshot;
  }

  private static StoppableContainerSnapshot ready(String name, String age) {
    return ready(name, age, 1);
  }

  private static StoppableContainerSnapshot ready(String name, String age, long generation) {
    return snapshot(
        name,
        age,
        ("{phase: Ready, sourceUID: sci-uid, sourceGeneration: %d, takenAt: '2026-01-01T00:00:00Z',"
                + " agent: {takenAt: '2026-01-01T00:00:00Z'}}")
            .formatted(generation));
  }

  private static StoppableContainerSnapshot pending(String name, String age) {
    return snapshot(name, age, "{phase: Pending}");
  }

  private static StoppableContainerSnapshot stopping(StoppableContainerSnapshot snapshot) {
    return Serialization.unmarshal(
        Serialization.asYaml(snapshot).replace("spec:\n", "spec:\n  stopIfNeeded: true\n"),
        StoppableContainerSnapshot.class);
  }

  private static SnapshotKeeper keeper(
      StoppableContainer sc, StoppableContainerInstance source, StoppableContainerSnapshot... all) {
    return SnapshotKeeper.of(Given.observed(sc, source, all)).orElseThrow();
  }

  private static Optional<String> due(
      StoppableContainer sc, StoppableContainerInstance source, StoppableContainerSnapshot... all) {
    return keeper(sc, source, all).due().map(snapshot -> snapshot.getMetadata().getName());
  }

  private static List<String> surplus(String spec, StoppableContainerSnapshot... all) {
    return keeper(daily(spec), running(), all).surplus().stream()
        .map(snapshot -> snapshot.getMetadata().getName())
        .toList();
  }

  @Test
  void takesOneForTheLastTimeAlone() {
    assertEquals(Optional.of(MIDNIGHT), due(daily(""), running()));
    String weekAgo = "{snapshots: {doneUntil: '2025-12-25T00:00:00Z'}}";
    assertEquals(
        Optional.of(MIDNIGHT),
        due(box("{schedule: 0 0 * * *}", weekAgo), running()),
        "an operator that was away makes up for one time");
    String done = "{snapshots: {doneUntil: '2026-01-01T00:00:00Z'}}";
    assertEquals(Optional.empty(), due(box("{schedule: 0 0 * * *}", done), running()));
  }

  @Test
  void aNewScheduleBeginsWithItsNextTime() {
    StoppableContainer sc = box("{schedule: 0 0 * * *}", "{}");
    assertEquals(Optional.empty(), due(sc, running()));
    SnapshotScheduleStatus status = keeper(sc, running()).status();
    assertEquals(Given.NOW.toString(), status.doneUntil());
    assertEquals("2026-01-02T00:00:00Z", status.next());
  }

  @Test
  void readsTheTimeInItsZone() {
    assertEquals(
        Optional.of("box-20251231-2300"),
        due(box("{schedule: 0 0 * * *, timeZone: Europe/Berlin}", BEFORE), running()));
  }

  @Test
  void itsSnapshotOutlivesItAndIsLikeThatOfAUser() {
    StoppableContainerSnapshot made = keeper(daily(""), running()).due().orElseThrow();
    assertEquals("box", made.getSpec().source().name());
    assertNull(made.getSpec().stopIfNeeded());
    assertEquals(List.of(), made.getMetadata().getOwnerReferences());
    assertEquals("box", made.getMetadata().getLabels().get(ApiNames.LABEL_SCHEDULED_BY));
    assertNull(made.getMetadata().getLabels().get(ApiNames.LABEL_MANAGED_BY), "users may edit it");
    assertEquals(List.of(ApiNames.SNAPSHOT_FINALIZER), made.getMetadata().getFinalizers());
    assertEquals(
        Boolean.TRUE,
        keeper(daily(", stopIfNeeded: true"), running()).due().get().getSpec().stopIfNeeded());
  }

  @Test
  void aTimeIsDealtWithOnceItsSnapshotIsSeen() {
    assertEquals("2025-12-31T00:00:00Z", keeper(daily(""), running()).status().doneUntil());
    StoppableContainerSnapshot made = pending(MIDNIGHT, "PT1M");
    assertEquals(Optional.empty(), due(daily(""), running(), made));
    assertEquals("2026-01-01T00:00:00Z", keeper(daily(""), running(), made).status().doneUntil());
  }

  @Test
  void atMostOneWaits() {
    StoppableContainerSnapshot waits = pending("box-20251231-0000", "PT24H1M");
    assertEquals(Optional.empty(), due(daily(""), running(), waits));
    assertEquals("2026-01-01T00:00:00Z", keeper(daily(""), running(), waits).status().doneUntil());
  }

  @Test
  void oneThatIsTakenOrCantBeHadWaitsNoMore() {
    assertEquals(Optional.of(MIDNIGHT), due(daily(""), running(), ready("last", "PT24H")));
    StoppableContainerSnapshot failed =
        snapshot("last", "PT24H", "{phase: Failed, sourceUID: sci-uid}");
    assertEquals(Optional.of(MIDNIGHT), due(daily(""), running(), failed));
  }

  @ParameterizedTest
  @CsvSource({
    // The same stop.
    "2, false, ''",
    // It was started and stopped since.
    "4, false, box-20260101-0000",
    // It runs.
    "2, true, box-20260101-0000"
  })
  void takesNoneOfWhatWasNotStartedSince(long generation, boolean runs, String due) {
    StoppableContainerInstance source = runs ? running() : stopped();
    source.getMetadata().setGeneration(generation);
    assertEquals(due, due(daily(""), source, ready("last", "PT24H", 2)).orElse(""));
  }

  @Test
  void aStopInVainIsNotRepeatedOnTheSameDay() {
    String stops = ", stopIfNeeded: true";
    String late = "{phase: Taking, stopUntil: '2026-01-01T00:00:30Z', sourceUID: sci-uid%s}";
    StoppableContainerSnapshot young = stopping(snapshot("open", "PT23H", late.formatted("")));
    assertEquals(Optional.empty(), due(daily(stops), running(), young));
    StoppableContainerSnapshot old = stopping(snapshot("open", "PT24H", late.formatted("")));
    assertEquals(Optional.of(MIDNIGHT), due(daily(stops), running(), old));
    assertEquals(Optional.empty(), due(daily(""), running(), old), "no stop is asked for");

    String tooLong = ", agent: {failure: {reason: StackTooLong, message: long}}";
    StoppableContainerSnapshot hopeless =
        stopping(snapshot("open", "PT99H", late.formatted(tooLong)));
    assertEquals(Optional.empty(), due(daily(stops), running(), hopeless));
  }

  @Test
  void aStopThatIsAskedForNowDoesNotWaitForWhatWaited() {
    StoppableContainerSnapshot waits = pending("box-20251231-0000", "PT24H1M");
    StoppableContainer sc = daily(", stopIfNeeded: true");
    assertEquals(Optional.of(MIDNIGHT), due(sc, running(), waits));
    StoppableContainerSnapshot next = stopping(pending(MIDNIGHT, "PT1S"));
    assertEquals(List.of(waits), keeper(sc, running(), waits, next).surplus(), "at most one waits");
  }

  @Test
  void keepsTheNewestThatAreReady() {
    StoppableContainerSnapshot[] all = {
      ready("d", "PT1H"), ready("a", "PT4H"), ready("c", "PT2H"), ready("b", "PT3H")
    };
    assertEquals(List.of("a", "b"), surplus(", keep: 2", all));
    assertEquals(List.of(), surplus(", keep: 4", all));
    assertEquals(List.of(), surplus("", all), "seven without a number");
  }

  @Test
  void deletesFewOfManyInOnePass() {
    StoppableContainerSnapshot[] many =
        IntStream.range(0, 99)
            .mapToObj(i -> ready("s" + i, "PT%dM".formatted(99 - i)))
            .toArray(StoppableContainerSnapshot[]::new);
    List<String> first = surplus("", many);
    assertEquals(16, first.size());
    assertEquals("s0", first.getFirst());
  }

  @Test
  void whatHoldsNoFilesPushesNothingOut() {
    StoppableContainerSnapshot failed =
        snapshot("failed", "PT1H", "{phase: Failed, sourceUID: sci-uid}");
    StoppableContainerSnapshot[] all = {
      ready("a", "PT4H"), ready("b", "PT3H"), failed, pending("open", "PT1M")
    };
    assertEquals(List.of("failed"), surplus(", keep: 2", all));
    assertEquals(List.of(), surplus(", keep: 2", all[0], all[1], failed));
  }

  @Test
  void deletesNothingThatMayHoldFilesForALaterOne() {
    StoppableContainerSnapshot lost =
        snapshot(
            "lost",
            "PT3H",
            "{phase: Failed, sourceUID: sci-uid, agent: {takenAt: '2025-12-31T21:00:00Z'}}");
    assertEquals(List.of(), surplus(", keep: 1", lost, ready("new", "PT1H")));
  }

  @Test
  void keepsWhatARestoreOrACloneNeeds() {
    StoppableContainerSnapshot[] all = {
      ready("a", "PT4H"), ready("b", "PT3H"), ready("c", "PT2H"), ready("d", "PT1H")
    };
    SnapshotKeeper keeper =
        SnapshotKeeper.of(Given.observed(Set.of("b"), daily(", keep: 1"), running(), all))
            .orElseThrow();
    assertEquals(List.of(all[0], all[2]), keeper.surplus());
  }

  @Test
  void leavesTheSnapshotsOfOthersAlone() {
    StoppableContainerSnapshot released = ready("released", "PT9H");
    released.getMetadata().setLabels(Map.of());
    StoppableContainerSnapshot relabelled = ready("relabelled", "PT8H");
    relabelled.getMetadata().setLabels(Map.of(ApiNames.LABEL_SCHEDULED_BY, "other"));
    StoppableContainerSnapshot earlier =
        snapshot("earlier", "PT7H", "{phase: Ready, sourceUID: of-an-earlier-box}");
    StoppableContainerSnapshot going = Given.deleting(ready("going", "PT6H"));
    assertEquals(
        List.of(),
        surplus(", keep: 1", released, relabelled, earlier, going, ready("mine", "PT1H")));
  }

  @Test
  void decidesNothingWithoutAFileSystemOrASchedule() {
    StoppableContainer sc = daily("");
    assertEquals(Optional.empty(), SnapshotKeeper.of(Given.observed(sc, null)));
    StoppableContainerInstance unplaced = Given.instance(Given.sc(true), true, false);
    assertEquals(Optional.empty(), SnapshotKeeper.of(Given.observed(sc, unplaced)));
    assertEquals(
        Optional.empty(), SnapshotKeeper.of(Given.observed(Given.deleting(sc), running())));
    assertEquals(Optional.empty(), SnapshotKeeper.of(Given.observed(Given.sc(true), running())));
  }

  @Test
  void saysWhyTheLastOneWaits() {
    String because =
        "{phase: Pending, conditions: [{type: Ready, status: 'False', reason: %s, message: 'So.'}]}";
    StoppableContainerSnapshot waits = snapshot("one", "PT1M", because.formatted("SourceRunning"));
    Finding why = keeper(daily(""), running(), waits).obstacle().orElseThrow();
    assertEquals("SourceRunning", why.reason());
    assertEquals("Snapshot one: So.", why.message());
    for (String underWay : List.of("Taking", "SourceStopping")) {
      StoppableContainerSnapshot next = snapshot("one", "PT1M", because.formatted(underWay));
      assertEquals(Optional.empty(), keeper(daily(""), running(), next).obstacle());
    }
    assertEquals(
        Optional.empty(), keeper(daily(""), running(), waits, ready("b", "PT1S")).obstacle());
  }

  @Test
  void showsTheLastThatIsTaken() {
    SnapshotScheduleStatus status =
        keeper(
                daily(""),
                running(),
                ready("a", "PT2H"),
                ready("b", "PT1H"),
                pending(MIDNIGHT, "PT1M"))
            .status();
    assertEquals("b", status.last());
    assertEquals("2026-01-01T00:00:00Z", status.lastTakenAt());
  }

  @Test
  void thePassComesBackAtTheNextTime() {
    assertEquals(
        Optional.of(Instant.parse("2026-01-02T00:00:00Z")),
        Given.observed(daily(""), running()).next());
  }

  private static final String EXPIRED =
      "{phase: Stopped, expiresAt: '2026-01-01T00:00:30Z', expiryWarnedAt: '2025-12-31T00:00:00Z'}";

  private static StoppableContainer deletedSoon(String snapshots, String status) {
    StoppableContainer sc = box(snapshots, status);
    return Serialization.unmarshal(
        Serialization.asYaml(sc).replace("running: true", "running: false"),
        StoppableContainer.class);
  }

  @Test
  void takesOneBeforeTheDeletionAndHoldsItUp() {
    StoppableContainer sc = deletedSoon("{beforeDeletion: true}", EXPIRED);
    SnapshotKeeper keeper = keeper(sc, stopped());
    assertEquals(Optional.of("box-20260101-000030"), due(sc, stopped()));
    assertNull(keeper.status().doneUntil());
    assertFalse(keeper.isDeletable());

    StoppableContainerSnapshot open = pending("box-20260101-000030", "PT1S");
    assertEquals(Optional.empty(), due(sc, stopped(), open));
    assertFalse(keeper(sc, stopped(), open).isDeletable());
    StoppableContainerSnapshot old = ready("box-20251231-0000", "PT24H");
    assertFalse(keeper(sc, stopped(), old).isDeletable(), "it was started since");

    StoppableContainerSnapshot taken = ready("any", "PT1S", 2);
    assertEquals(Optional.empty(), due(sc, stopped(), taken));
    assertTrue(keeper(sc, stopped(), taken).isDeletable());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Its time has not come.
        "{expiresAt: '2026-01-01T00:01:30Z', expiryWarnedAt: '2025-12-31T00:00:00Z'}",
        // Its user was not warned.
        "{expiresAt: '2026-01-01T00:00:30Z'}",
        // It stays.
        "{}"
      })
  void takesNoneBeforeItsTime(String status) {
    assertEquals(Optional.empty(), due(deletedSoon("{beforeDeletion: true}", status), stopped()));
  }

  @Test
  void aContainerIsDeletedWithoutOneUnlessItsUserAsksForIt() {
    StoppableContainer sc = deletedSoon("{schedule: 0 0 1 1 *}", EXPIRED);
    assertTrue(keeper(sc, stopped()).isDeletable());
    assertEquals(Optional.empty(), due(sc, stopped()));
    assertEquals(
        Optional.empty(), due(box("{beforeDeletion: true}", EXPIRED), running()), "it runs");
  }
}
