package top.xtlsoft.stoppablecontainer.operator.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ResourceKey;
import top.xtlsoft.stoppablecontainer.api.RestorePhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestore;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestoreSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestoreStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotStatus;
import top.xtlsoft.stoppablecontainer.operator.model.BeforeSnapshotFactory;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;

class RestorePlannerTest {

  private final BeforeSnapshotFactory factory = new BeforeSnapshotFactory();
  private final RestorePlanner planner = new RestorePlanner(factory);
  private final StoppableContainerRestore restore =
      Serialization.unmarshal(
          """
          apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
          kind: StoppableContainerRestore
          metadata: {name: back, namespace: ns, uid: restore-uid, generation: 1}
          spec:
            target: {name: box}
            snapshotName: good
          """,
          StoppableContainerRestore.class);

  private static StoppableContainerInstance stopped(@Nullable String restored) {
    return Given.reported(
        Given.instance(Given.sc(false), false, true),
        new AgentReport(null, 2L, null, null, null, restored));
  }

  private static StoppableContainerSnapshot ready(StoppableContainerSnapshot snapshot) {
    snapshot.setStatus(
        Serialization.unmarshal(
            """
            phase: Ready
            nodeName: node1
            hostPathPrefix: /var/lib/stoppablecontainer
            imageID: image@sha256:1
            """,
            StoppableContainerSnapshotStatus.class));
    return snapshot;
  }

  private static StoppableContainerSnapshot good() {
    return Serialization.unmarshal(
        """
        apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
        kind: StoppableContainerSnapshot
        metadata: {name: good, namespace: ns, uid: good-uid}
        spec:
          source: {name: box}
        """,
        StoppableContainerSnapshot.class);
  }

  private StoppableContainerSnapshot before() {
    StoppableContainerSnapshot before = factory.snapshot(restore);
    before.getMetadata().setUid("before-uid");
    return before;
  }

  private RestorePass.Step step(
      @Nullable StoppableContainerInstance target,
      @Nullable StoppableContainerSnapshot snapshot,
      @Nullable StoppableContainerSnapshot before) {
    return planner
        .plan(
            new RestorePass(
                new ResourceKey("ns", "back"),
                Given.NOW,
                Optional.of(restore),
                Optional.ofNullable(target),
                Optional.ofNullable(snapshot),
                Optional.ofNullable(before),
                Boolean.TRUE.equals(restore.getSpec().toImage())
                    ? Optional.of("image:2")
                    : Optional.empty(),
                new RestorePass.Step.Nothing()))
        .step();
  }

  private static String reason(RestorePass.Step step) {
    return assertInstanceOf(RestorePass.Step.Report.class, step)
        .status()
        .conditions()
        .getFirst()
        .getReason();
  }

  @Test
  void waitsForAStoppedTargetAndAReadySnapshot() {
    assertEquals("TargetNotFound", reason(step(null, ready(good()), null)));
    assertEquals("SnapshotNotReady", reason(step(stopped(null), null, null)));
    assertEquals("SnapshotNotReady", reason(step(stopped(null), good(), null)));
    StoppableContainerInstance running = Given.instance(Given.sc(true), true, true);
    assertEquals("TargetRunning", reason(step(running, ready(good()), null)));
  }

  @Test
  void keepsTheStateBeforeFirst() {
    var keep =
        assertInstanceOf(RestorePass.Step.Keep.class, step(stopped(null), ready(good()), null));
    assertEquals("back-before", keep.desired().getMetadata().getName());
    assertEquals("box", keep.desired().getSpec().source().name());
    assertEquals("Restoring", reason(step(stopped(null), ready(good()), before())));
  }

  @Test
  void ordersTheRestoreOnceTheStateBeforeIsKept() {
    var order =
        assertInstanceOf(
            RestorePass.Step.Order.class, step(stopped(null), ready(good()), ready(before())));
    assertEquals(
        new StoppableContainerInstanceSpec.Source(
            "good",
            "good-uid",
            "image@sha256:1",
            "restore-uid",
            "back-before",
            "before-uid",
            null,
            null,
            null),
        order.desired().source());
    assertEquals(Given.NODE, order.desired().nodeName());
  }

  private StoppableContainerInstance ordered(@Nullable String restored) {
    StoppableContainerInstance target = stopped(restored);
    var order = (RestorePass.Step.Order) step(target, ready(good()), ready(before()));
    target.setSpec(order.desired());
    return target;
  }

  @Test
  void isDoneWhenTheAgentSaysSoAndNeverAgain() {
    assertEquals("Restoring", reason(step(ordered("another"), ready(good()), ready(before()))));
    RestorePass.Step done = step(ordered("restore-uid"), null, ready(before()));
    assertEquals("Restored", reason(done));
    StoppableContainerRestoreStatus status = ((RestorePass.Step.Report) done).status();
    assertEquals(RestorePhase.RESTORED, status.phase());
    assertEquals("back-before", status.beforeSnapshotName());
    restore.setStatus(status);
    var again =
        assertInstanceOf(
            RestorePass.Step.Report.class, step(stopped(null), ready(good()), ready(before())));
    assertEquals(status, again.status(), "nothing is written");
    assertEquals(List.of(), again.events());
  }

  @Test
  void deletesItWhenItsTimeAfterTheRestoreHasEnded() {
    restore.setStatus(
        ((RestorePass.Step.Report) step(ordered("restore-uid"), null, ready(before()))).status());
    assertNull(restore.getStatus().expiresAt());
    keepFor("1m");
    assertEquals(
        "2026-01-01T00:02:00Z",
        ((RestorePass.Step.Report) step(null, null, ready(before()))).status().expiresAt());
    keepFor("0s");
    assertInstanceOf(RestorePass.Step.Expire.class, step(null, null, ready(before())));
  }

  private void keepFor(String ttl) {
    restore.setSpec(
        new StoppableContainerRestoreSpec(
            restore.getSpec().target(), restore.getSpec().snapshotName(), null, null, ttl));
  }

  @Test
  void neverDeletesOneThatIsNotDone() {
    keepFor("0s");
    assertEquals("TargetNotFound", reason(step(null, ready(good()), null)));
  }

  @Test
  void recordsAnEventWhenItIsDone() {
    RestorePass.Step done = step(ordered("restore-uid"), null, ready(before()));
    assertEquals("Restored", ((RestorePass.Step.Report) done).events().getFirst().reason());
  }

  @Test
  void showsWhatTheAgentRefuses() {
    StoppableContainerInstance target = ordered(null);
    Given.reported(
        target,
        new AgentReport(
            null, 2L, null, null, new AgentReport.Failure("StackTooLong", "too many"), null));
    assertEquals("StackTooLong", reason(step(target, ready(good()), ready(before()))));
  }

  @Test
  void takesNoOtherSnapshotForTheStateBefore() {
    StoppableContainerSnapshot foreign = ready(before());
    foreign.getMetadata().getOwnerReferences().getFirst().setUid("another");
    assertEquals("NameCollision", reason(step(stopped(null), ready(good()), foreign)));
  }

  @Test
  void refusesASnapshotOfAnotherNode() {
    StoppableContainerInstance elsewhere = stopped(null);
    elsewhere.setSpec(
        new StoppableContainerInstanceSpec(
            "node2", "/var/lib/stoppablecontainer", "image:1", false));
    assertEquals("SourceElsewhere", reason(step(elsewhere, ready(good()), null)));
  }

  @Test
  void ordersTheImageOfTheTemplateAlone() {
    restore.setSpec(
        new StoppableContainerRestoreSpec(
            restore.getSpec().target(), null, true, List.of("/home"), null));
    var order =
        assertInstanceOf(RestorePass.Step.Order.class, step(stopped(null), null, ready(before())));
    assertEquals(
        new StoppableContainerInstanceSpec.Source(
            null,
            null,
            null,
            "restore-uid",
            "back-before",
            "before-uid",
            null,
            "image:2",
            List.of("/home")),
        order.desired().source());
    assertEquals("image:1", order.desired().image(), "until it is done");
    assertNull(order.desired().source().withoutRestore());
  }

  @Test
  void ordersTheImageOfASnapshotThatHasAnother() {
    StoppableContainerInstance target = stopped(null);
    Given.reported(
        target,
        new AgentReport(
            new AgentReport.Mount(true, "boot", "image@sha256:2"), 2L, null, null, null, null));
    StoppableContainerSnapshot snapshot = ready(good());
    snapshot.setStatus(
        Serialization.unmarshal(
            """
            phase: Ready
            nodeName: node1
            hostPathPrefix: /var/lib/stoppablecontainer
            image: image:1
            imageID: image@sha256:1
            """,
            StoppableContainerSnapshotStatus.class));
    var order =
        assertInstanceOf(RestorePass.Step.Order.class, step(target, snapshot, ready(before())));
    assertEquals("image:1", order.desired().source().image());
    assertEquals("image@sha256:1", order.desired().source().imageID());
  }

  @Test
  void withdrawsTheOrderOfARestoreThatIsGone() {
    RestorePass pass =
        planner.plan(
            new RestorePass(
                new ResourceKey("ns", "back"),
                Given.NOW,
                Optional.empty(),
                Optional.of(ordered(null)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new RestorePass.Step.Nothing()));
    var order = assertInstanceOf(RestorePass.Step.Order.class, pass.step());
    assertEquals(
        new StoppableContainerInstanceSpec.Source("good", "good-uid", "image@sha256:1"),
        order.desired().source());
  }

  @Test
  void doesNothingForADeletedOne() {
    Given.deleting(restore);
    assertInstanceOf(RestorePass.Step.Nothing.class, step(stopped(null), ready(good()), null));
  }
}
