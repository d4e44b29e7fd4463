package top.xtlsoft.stoppablecontainer.operator.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ResourceKey;
import top.xtlsoft.stoppablecontainer.api.SnapshotPhase;
import top.xtlsoft.stoppablecontainer.api.SnapshotReport;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotStatus;
import top.xtlsoft.stoppablecontainer.operator.pass.ClusterNodes;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.PlannedEvent;

class SnapshotPlannerTest {

  private static final AgentReport STOPPED =
      new AgentReport(new AgentReport.Mount(true, "boot", "image@sha256:1"), 2L, null, null, null);

  private final SnapshotPlanner planner = new SnapshotPlanner();
  private final StoppableContainerSnapshot snapshot =
      Serialization.unmarshal(
          """
          apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
          kind: StoppableContainerSnapshot
          metadata:
            name: before
            namespace: ns
            uid: snapshot-uid
            generation: 1
            finalizers: [stoppablecontainersnapshot.xtlsoft.top/finalizer]
          spec:
            source: {name: box}
          """,
          StoppableContainerSnapshot.class);

  private boolean awaited;

  private static StoppableContainerInstance stopped() {
    return Given.reported(Given.instance(Given.sc(false), false, true), STOPPED);
  }

  private SnapshotPass plan(@Nullable StoppableContainerInstance source) {
    return plan(source, new ClusterNodes(Map.of(Given.NODE, "amd64"), Map.of()));
  }

  private SnapshotPass plan(@Nullable StoppableContainerInstance source, ClusterNodes nodes) {
    return planner.plan(
        new SnapshotPass(
            new ResourceKey("ns", "before"),
            Given.NOW,
            Optional.of(snapshot),
            Optional.ofNullable(source),
            awaited,
            nodes,
            new SnapshotPass.Step.Nothing()));
  }

  private StoppableContainerSnapshotStatus reported(@Nullable StoppableContainerInstance source) {
    return assertInstanceOf(SnapshotPass.Step.Report.class, plan(source).step()).status();
  }

  private static String reason(StoppableContainerSnapshotStatus status) {
    Condition ready = status.conditions().getFirst();
    assertEquals("Ready", ready.getType());
    assertEquals(status.phase() == SnapshotPhase.READY ? "True" : "False", ready.getStatus());
    return ready.getReason();
  }

  /** The agent reports, after the operator has ordered the snapshot of a stopped one. */
  private void agentReports(@Nullable SnapshotReport report) {
    StoppableContainerSnapshotStatus ordered = reported(stopped());
    snapshot.setStatus(
        new StoppableContainerSnapshotStatus(
            ordered.phase(),
            1L,
            ordered.message(),
            ordered.conditions(),
            ordered.nodeName(),
            ordered.sourceUID(),
            ordered.sourceGeneration(),
            ordered.hostPathPrefix(),
            ordered.image(),
            ordered.imageID(),
            ordered.stopUntil(),
            null,
            null,
            null,
            null,
            report));
  }

  @Test
  void holdsASnapshotBeforeAnAgentLearnsOfIt() {
    snapshot.getMetadata().setFinalizers(List.of("of-user"));
    assertTrue(plan(stopped()).isHold());
  }

  @Test
  void ordersASnapshotOfAStoppedSource() {
    StoppableContainerSnapshotStatus status = reported(stopped());
    assertEquals(SnapshotPhase.TAKING, status.phase());
    assertEquals(Given.NODE, status.nodeName());
    assertEquals("sci-uid", status.sourceUID());
    assertEquals("/var/lib/stoppablecontainer", status.hostPathPrefix());
    assertEquals("image:1", status.image());
    assertEquals("image@sha256:1", status.imageID());
    assertNull(status.takenAt());
  }

  @Test
  void waitsForASourceThatIsThereAndStopped() {
    assertEquals("SourceNotFound", reason(reported(null)));
    assertEquals("SourceNotFound", reason(reported(Given.deleting(stopped()))));
    StoppableContainerInstance unplaced = Given.instance(Given.sc(false), false, false);
    assertEquals("SourceNotReady", reason(reported(unplaced)));
    StoppableContainerInstance running = Given.instance(Given.sc(true), true, true);
    assertEquals("SourceRunning", reason(reported(Given.reported(running, STOPPED))));
    StoppableContainerInstance unsynced = Given.instance(Given.sc(false), false, true);
    unsynced.getMetadata().setGeneration(3L);
    StoppableContainerSnapshotStatus waiting = reported(Given.reported(unsynced, STOPPED));
    assertEquals("SourceRunning", reason(waiting), "its last writes are not on disk");
    assertEquals(SnapshotPhase.PENDING, waiting.phase());
    assertNull(waiting.nodeName(), "no agent has an order");
  }

  @Test
  void stopsTheSourceIfNeededForALimitedTime() {
    snapshot.setSpec(new StoppableContainerSnapshotSpec(snapshot.getSpec().source(), true, null));
    StoppableContainerInstance running =
        Given.reported(Given.instance(Given.sc(true), true, true), STOPPED);
    StoppableContainerSnapshotStatus stopping = reported(running);
    assertEquals("SourceStopping", reason(stopping));
    assertNull(stopping.stopUntil(), "its grace period runs");
    StoppableContainerSnapshotStatus ordered = reported(stopped());
    assertEquals("2026-01-01T00:06:00Z", ordered.stopUntil());
    agentReports(null);
    assertEquals("2026-01-01T00:06:00Z", reported(running).stopUntil(), "it is set once");
    assertEquals("SourceStopping", reason(reported(running)));
  }

  @Test
  void deletesItWhenItsTimeAfterTheSnapshotHasEnded() {
    keepFor("45s");
    agentReports(null);
    assertNull(reported(stopped()).expiresAt(), "its time does not run yet");
    agentReports(new SnapshotReport("2026-01-01T00:00:30Z", 1, null, null));
    assertEquals("2026-01-01T00:01:15Z", reported(stopped()).expiresAt());
    assertEquals(Optional.of(Duration.ofSeconds(15)), plan(stopped()).callAgain());
    keepFor("30s");
    awaited = true;
    assertFalse(plan(stopped()).isExpire(), "a restore or a clone needs it");
    awaited = false;
    assertTrue(plan(stopped()).isExpire(), "now");
    assertEquals(List.of("Expired"), reasons(plan(stopped())));
    keepFor("1h30m");
    assertEquals("2026-01-01T01:30:30Z", reported(stopped()).expiresAt(), "the user keeps it");
  }

  private void keepFor(String ttl) {
    snapshot.setSpec(new StoppableContainerSnapshotSpec(snapshot.getSpec().source(), null, ttl));
  }

  private static List<String> reasons(SnapshotPass pass) {
    return pass.events().stream().map(PlannedEvent::reason).toList();
  }

  @Test
  void recordsAnEventOnceWhenItIsTakenAndWhenItCannotBe() {
    agentReports(new SnapshotReport("2026-01-01T00:00:30Z", 1, null, null));
    assertEquals(List.of("Taken"), reasons(plan(stopped())));
    snapshot.setStatus(reported(stopped()));
    assertEquals(List.of(), reasons(plan(stopped())));
    AgentReport.Failure failure = new AgentReport.Failure("StackTooLong", "too many layers");
    agentReports(new SnapshotReport(null, null, null, failure));
    PlannedEvent warning = plan(stopped()).events().getFirst();
    assertEquals("Warning", warning.type());
    assertEquals("too many layers", warning.note());
    assertEquals("StoppableContainerSnapshot", warning.regarding().getKind());
  }

  @Test
  void namesNoEndOfAStopThatItDoesNotNeed() {
    assertNull(reported(stopped()).stopUntil());
  }

  @Test
  void keepsTheOrderWhateverBecomesOfTheSource() {
    agentReports(null);
    StoppableContainerInstance running = Given.instance(Given.sc(true), true, true);
    StoppableContainerSnapshotStatus status = reported(running);
    assertEquals("SourceRunning", reason(status));
    assertEquals(SnapshotPhase.TAKING, status.phase());
    assertEquals("sci-uid", status.sourceUID());
  }

  @Test
  void isReadyOnceTheAgentHasTakenIt() {
    agentReports(new SnapshotReport("2026-01-01T00:00:30Z", 2, null, null));
    StoppableContainerSnapshotStatus status = reported(null);
    assertEquals(SnapshotPhase.READY, status.phase(), "it outlives its source");
    assertEquals("Taken", reason(status));
    assertEquals("2026-01-01T00:00:30Z", status.takenAt());
    assertEquals(2, status.layers());
  }

  @Test
  void showsWhatTheAgentCannotDo() {
    AgentReport.Failure failure = new AgentReport.Failure("StackTooLong", "too many layers");
    agentReports(new SnapshotReport(null, null, null, failure));
    StoppableContainerSnapshotStatus status = reported(stopped());
    assertEquals(SnapshotPhase.TAKING, status.phase(), "the agent tries again");
    assertEquals("StackTooLong", reason(status));
    assertEquals("too many layers", status.message());
  }

  @Test
  void failsWhenItsFilesAreLost() {
    AgentReport.Failure lost = new AgentReport.Failure("LayerMissing", "lost");
    agentReports(new SnapshotReport("2026-01-01T00:00:30Z", 2, 1L, lost));
    assertEquals(SnapshotPhase.FAILED, reported(stopped()).phase());
    assertEquals("LayerMissing", reason(reported(stopped())));
  }

  @Test
  void failsWhenTheSourceIsDeletedFirst() {
    agentReports(null);
    StoppableContainerInstance other = stopped();
    other.getMetadata().setUid("another");
    for (StoppableContainerInstance source : new StoppableContainerInstance[] {null, other}) {
      StoppableContainerSnapshotStatus status = reported(source);
      assertEquals(SnapshotPhase.FAILED, status.phase());
      assertEquals("SourceNotFound", reason(status));
    }
  }

  @Test
  void failsWhenItsNodeIsGone() {
    agentReports(new SnapshotReport("2026-01-01T00:00:30Z", 2, 1L, null));
    SnapshotPass pass = plan(stopped(), new ClusterNodes(Map.of(), Map.of()));
    var status = assertInstanceOf(SnapshotPass.Step.Report.class, pass.step()).status();
    assertEquals(SnapshotPhase.FAILED, status.phase());
    assertEquals("NodeGone", reason(status));
  }

  @Test
  void leavesADeletedOneToItsAgent() {
    agentReports(null);
    Given.deleting(snapshot);
    assertInstanceOf(SnapshotPass.Step.Nothing.class, plan(stopped()).step());
    assertTrue(plan(stopped(), new ClusterNodes(Map.of(), Map.of())).isRelease());
  }

  @Test
  void releasesADeletedOneThatNoAgentKnows() {
    Given.deleting(snapshot);
    assertTrue(plan(stopped()).isRelease());
    snapshot.getMetadata().setFinalizers(List.of(ApiNames.FINALIZER));
    assertFalse(plan(stopped()).isRelease());
  }
}
