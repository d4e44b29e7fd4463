package top.xtlsoft.stoppablecontainer.operator.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.PlannedEvent;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;

/** What a user learns of the snapshots that are taken of a stopped container by itself. */
class SnapshotStatusTest {

  private static final String WAITING =
      "{type: Ready, status: 'False', reason: StackTooLong, message: 'Long.'}";
  private static final String TAKEN =
      "{type: Ready, status: 'True', reason: Taken, message: 'Taken.'}";

  private final StatusPlanner planner =
      new StatusPlanner(Duration.ofSeconds(15), Duration.ZERO, new HashMap<>());
  private final StoppableContainer sc =
      Given.sc(
          """
          running: false
          deleteAfterStopped: 10h
          snapshots: {schedule: 0 0 * * *, beforeDeletion: true}
          template:
            container: {image: "image:1", command: [run]}
          """);

  private static StoppableContainerSnapshot snapshot(String phase, String ready) {
    String takenAt = phase.equals("Ready") ? "takenAt: '2026-01-01T00:00:00Z'" : "";
    return Serialization.unmarshal(
        """
        apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
        kind: StoppableContainerSnapshot
        metadata:
          name: box-20260101-0000
          namespace: ns
          labels: {stoppablecontainer.xtlsoft.top/scheduled-by: box}
          creationTimestamp: 2026-01-01T00:00:00Z
        spec:
          source: {name: box}
        status: {phase: %s, sourceUID: sci-uid, sourceGeneration: 2, conditions: [%s], agent: {%s}}
        """
            .formatted(phase, ready, takenAt),
        StoppableContainerSnapshot.class);
  }

  private Pass pass(StoppableContainerSnapshot... made) {
    StoppableContainerInstance source =
        Given.reported(Given.instance(sc, false, true), Given.synced(2));
    return Pass.begin(Given.observed(sc, source, made));
  }

  private static String waiting(Pass pass) {
    return pass.report().orElseThrow().status().conditions().stream()
        .filter(condition -> "SnapshotWaiting".equals(condition.getType()))
        .map(condition -> condition.getReason() + " " + condition.getMessage())
        .findFirst()
        .orElse("");
  }

  private static List<String> events(Pass pass) {
    return pass.events().stream()
        .map(PlannedEvent::reason)
        .filter(reason -> !reason.equals("Stopped"))
        .toList();
  }

  private void written(String status) {
    sc.setStatus(Serialization.unmarshal("---\n" + status, StoppableContainerStatus.class));
  }

  @Test
  void saysOnceWhyASnapshotWaits() {
    Pass first = planner.plan(pass(snapshot("Taking", WAITING)));
    assertEquals("StackTooLong Snapshot box-20260101-0000: Long.", waiting(first));
    assertEquals(List.of("StackTooLong"), events(first));
    sc.setStatus(first.report().orElseThrow().status());
    assertEquals(List.of(), events(planner.plan(pass(snapshot("Taking", WAITING)))));
    assertEquals("", waiting(planner.plan(pass(snapshot("Ready", TAKEN)))));
  }

  @Test
  void aRefusedOneIsTriedAgainAndHoldsNothingElseUp() {
    Problem quota = new Problem(ConditionReason.SNAPSHOT_REFUSED, "Quota.", false);
    Pass refused = planner.plan(pass().leaveUntaken(quota));
    assertEquals("SnapshotRefused Quota.", waiting(refused));
    assertTrue(refused.isRetried());
    assertEquals(StoppableContainerPhase.STOPPED, refused.report().orElseThrow().status().phase());
  }

  @Test
  void isDeletedOnceItsSnapshotIsTaken() {
    written(
        """
        phase: Stopped
        since: 2025-12-31T00:00:00Z
        expiresAt: 2026-01-01T00:00:00Z
        expiryWarnedAt: 2025-12-31T23:00:00Z
        snapshots: {doneUntil: 2026-01-01T00:00:00Z}
        """);
    Pass untaken = planner.plan(pass());
    assertTrue(untaken.isSnapshotDue());
    assertFalse(untaken.isExpired());
    assertTrue(planner.plan(pass(snapshot("Ready", TAKEN))).isExpired());
  }
}
