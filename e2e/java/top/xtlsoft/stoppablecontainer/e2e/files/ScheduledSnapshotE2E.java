package top.xtlsoft.stoppablecontainer.e2e.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.SnapshotPhase;
import top.xtlsoft.stoppablecontainer.api.SnapshotScheduleStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Snapshots;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Snapshots that a container takes at times of its schedule, and before it is deleted. */
@ClusterTest
class ScheduledSnapshotE2E {

  private static final String EACH_MINUTE = "'* * * * *'";
  private static final String LABEL = "stoppablecontainer.xtlsoft.top/scheduled-by";
  private static final String QUOTA =
      "count/stoppablecontainersnapshots.stoppablecontainer.xtlsoft.top";

  private static String create(TestNamespace ns, String snapshots) {
    String box =
        ns.create(
            Fixture.of("container.yaml")
                .with("  running: true\n", "  running: true\n  snapshots: {" + snapshots + "}\n"));
    ns.awaitRunning(box);
    return box;
  }

  private static List<StoppableContainerSnapshot> all(TestNamespace ns) {
    return ns.client()
        .resources(StoppableContainerSnapshot.class)
        .inNamespace(ns.name())
        .withLabel(LABEL)
        .list()
        .getItems();
  }

  private static StoppableContainerSnapshot only(TestNamespace ns) {
    List<StoppableContainerSnapshot> found = all(ns);
    assertEquals(1, found.size(), () -> "one snapshot: " + found);
    return found.getFirst();
  }

  private static SnapshotScheduleStatus await(
      TestNamespace ns, String box, String what, Predicate<SnapshotScheduleStatus> wanted) {
    return TestNamespace.await(
            ns.sc(box),
            what,
            sc ->
                sc != null
                    && sc.getStatus() != null
                    && sc.getStatus().snapshots() != null
                    && wanted.test(sc.getStatus().snapshots()),
            Timeouts.SCHEDULE)
        .getStatus()
        .snapshots();
  }

  /** Waits until the operator has dealt with one more time of the schedule. */
  private static void awaitNextTime(TestNamespace ns, String box) {
    String seen = ns.status(box).snapshots().doneUntil();
    await(ns, box, "a later time than " + seen, it -> !seen.equals(it.doneUntil()));
  }

  private static Condition awaitWaiting(TestNamespace ns, String box) {
    StoppableContainer waiting =
        TestNamespace.await(
            ns.sc(box),
            "why a snapshot waits",
            sc -> TestNamespace.condition(sc, "SnapshotWaiting").isPresent(),
            Timeouts.SCHEDULE);
    return TestNamespace.condition(waiting, "SnapshotWaiting").orElseThrow();
  }

  @Test
  void stopsAtEachTimeAndKeepsTheNewest(TestNamespace ns) {
    String box = create(ns, "schedule: " + EACH_MINUTE + ", stopIfNeeded: true, keep: 1");
    ns.sh(box, "echo kept >/root/file");
    String first = await(ns, box, "a snapshot", it -> it.last() != null).last();
    assertTrue(first.startsWith(box + "-"), first);
    ns.awaitRunning(box);
    assertTrue(ns.sh(box, "cat /var/log/starts").contains("started\nstarted"), "it goes on");

    step("the next one takes its place");
    String second =
        await(ns, box, "another one", it -> it.last() != null && !first.equals(it.last())).last();
    TestNamespace.awaitGone(Snapshots.of(ns, first), Timeouts.GONE);

    step("without a schedule it stays, also without its container");
    ns.patch(box, "{\"spec\":{\"snapshots\":null}}");
    TestNamespace.await(
        ns.sc(box), "no schedule", sc -> sc.getStatus().snapshots() == null, Timeouts.CONDITION);
    ns.deleteAndWait(box);
    String copy =
        ns.create(Fixture.of("clone.yaml").with("snapshotName: before", "snapshotName: " + second));
    ns.awaitRunning(copy);
    assertEquals("kept", ns.sh(copy, "cat /root/file"));
  }

  @Test
  void oneWaitsForTheStopAndNoneIsTakenOfWhatStaysStopped(TestNamespace ns) {
    String box = create(ns, "schedule: " + EACH_MINUTE + ", keep: 1");
    Condition waiting = awaitWaiting(ns, box);
    assertEquals("SourceRunning", waiting.getReason());
    String name = only(ns).getMetadata().getName();
    assertTrue(waiting.getMessage().startsWith("Snapshot " + name + ": "), waiting.getMessage());
    ns.awaitEvent(box, "that it waits", e -> "SourceRunning".equals(e.getReason()));
    awaitNextTime(ns, box);
    assertEquals(name, only(ns).getMetadata().getName(), "at most one waits");

    ns.stopAndWait(box);
    assertEquals(name, await(ns, box, "the snapshot", it -> it.last() != null).last());
    assertTrue(TestNamespace.condition(ns.sc(box).get(), "SnapshotWaiting").isEmpty());
    awaitNextTime(ns, box);
    assertEquals(name, only(ns).getMetadata().getName(), "nothing has changed");

    step("its user keeps it for ever");
    ns.kubectl("label", "scsnap/" + name, LABEL + "-").ok();
    await(ns, box, "none of the schedule's", it -> it.last() == null);
    ns.startAndWait(box);
    awaitWaiting(ns, box);
    ns.stopAndWait(box);
    assertNotEquals(name, await(ns, box, "another one", it -> it.last() != null).last());
    assertEquals(SnapshotPhase.READY, Snapshots.of(ns, name).get().getStatus().phase());
  }

  @Test
  void isDeletedOnlyAfterItsSnapshotIsTaken(TestNamespace ns) {
    ResourceQuota none =
        new ResourceQuotaBuilder()
            .withNewMetadata()
            .withName("none")
            .endMetadata()
            .withNewSpec()
            .addToHard(QUOTA, new Quantity("0"))
            .endSpec()
            .build();
    ns.client().resource(none).inNamespace(ns.name()).create();
    String box = create(ns, "beforeDeletion: true");
    ns.sh(box, "echo kept >/root/file");
    ns.patch(box, "{\"spec\":{\"deleteAfterStopped\":\"1s\"}}");
    ns.stop(box);
    Condition refused = awaitWaiting(ns, box);
    assertEquals("SnapshotRefused", refused.getReason());
    assertTrue(refused.getMessage().contains("exceeded quota: none"), refused.getMessage());
    assertNotNull(ns.sc(box).get(), "it stays");

    ns.client().resource(none).inNamespace(ns.name()).delete();
    TestNamespace.awaitGone(ns.sc(box), Timeouts.GONE);
    StoppableContainerSnapshot last = only(ns);
    assertEquals(SnapshotPhase.READY, last.getStatus().phase());
    assertNull(last.getSpec().ttl());
    String copy =
        ns.create(
            Fixture.of("clone.yaml")
                .with("snapshotName: before", "snapshotName: " + last.getMetadata().getName()));
    ns.awaitRunning(copy);
    assertEquals("kept", ns.sh(copy, "cat /root/file"));
  }
}
