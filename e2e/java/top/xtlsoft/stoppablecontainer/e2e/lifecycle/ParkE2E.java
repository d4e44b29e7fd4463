package top.xtlsoft.stoppablecontainer.e2e.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Snapshots;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/** Stopped containers whose next pod waits for the start. */
@ClusterTest
class ParkE2E {

  private static final String PAGE = "docs/park.md";

  private static Fixture parked() {
    return Fixture.of("container.yaml")
        .with("  running: true\n", "  running: true\n  whenStopped: Park\n");
  }

  /** Waits until a pod other than this one waits for the start, and returns the pod's UID. */
  private static String awaitParked(TestNamespace ns, String box, String before) {
    Pod pod =
        TestNamespace.await(
            ns.pod(box),
            "another pod that waits",
            found ->
                found != null
                    && found.getMetadata().getDeletionTimestamp() == null
                    && !before.equals(found.getMetadata().getUid())
                    && found.getStatus().getContainerStatuses().stream()
                        .anyMatch(container -> container.getState().getRunning() != null),
            Timeouts.RUNNING);
    TestNamespace.await(ns.sc(box), "parked", ParkE2E::isParked, Timeouts.RUNNING);
    return pod.getMetadata().getUid();
  }

  private static boolean isParked(StoppableContainer sc) {
    return sc.getStatus().phase() == StoppableContainerPhase.STOPPED
        && TestNamespace.condition(sc, "Parked")
            .filter(c -> "True".equals(c.getStatus()))
            .filter(c -> sc.getMetadata().getGeneration().equals(c.getObservedGeneration()))
            .isPresent();
  }

  private static String uid(TestNamespace ns, String pod) {
    return ns.getPod(pod).getMetadata().getUid();
  }

  private static String stopAndAwaitParked(TestNamespace ns, String box) {
    String last = uid(ns, box);
    ns.stop(box);
    return awaitParked(ns, box, last);
  }

  @Test
  void theStatusShowsNothingOfThePodThatWaitsForTheNextStart(TestNamespace ns) {
    String box = ns.create(parked());
    ns.awaitRunning(box);
    ns.sh(box, "echo kept >/root/file");

    String waiting = stopAndAwaitParked(ns, box);
    StoppableContainer stopped = ns.sc(box).get();
    assertTrue(TestNamespace.condition(stopped, "Ready").isEmpty(), "as with Release");
    assertNull(stopped.getStatus().consumerPodName());
    assertEquals(0, stopped.getStatus().lastExit().exitCode());
    Pod pod = ns.getPod(box);
    assertTrue(
        pod.getStatus().getConditions().stream()
            .anyMatch(c -> "Ready".equals(c.getType()) && "False".equals(c.getStatus())),
        "Services leave it out");
    assertEquals(3, ns.plugin("exec", box, "--", "true").exit(), "it is stopped");

    ns.startAndWait(box);
    assertEquals(waiting, uid(ns, box));
    assertEquals("kept", ns.sh(box, "cat /root/file"));
    assertEquals("started\nstarted", ns.sh(box, "cat /var/log/starts"));
    assertEquals(0, ns.status(box).restartCount());
    assertTrue(TestNamespace.condition(ns.sc(box).get(), "Parked").isEmpty());

    step("a second time, at once");
    assertNotEquals(waiting, stopAndAwaitParked(ns, box));
    ns.startAndWait(box);
    assertEquals("started\nstarted\nstarted", ns.sh(box, "cat /var/log/starts"));
    stopAndAwaitParked(ns, box);
    List<Event> warnings =
        ns.events(box).stream().filter(event -> "Warning".equals(event.getType())).toList();
    assertEquals(List.of(), warnings);
    ns.deleteAndWait(box);
    assertEquals(List.of(), ns.podNames());
  }

  @Test
  void aPodThatTheNextStartCouldNotUseIsReplaced(TestNamespace ns) {
    String box = ns.create(parked().with("running: true", "running: false"));
    ns.awaitStopped(box);
    String first = awaitParked(ns, box, "none");

    step("another template");
    ns.patch(
        box,
        "{\"spec\":{\"template\":{\"container\":{\"env\":[{\"name\":\"A\",\"value\":\"b\"}]}}}}");
    String second = awaitParked(ns, box, first);
    step("evicted");
    assertTrue(ns.pod(box).evict());
    String third = awaitParked(ns, box, second);
    step("deleted by force");
    ns.forceDelete(box);
    String fourth = awaitParked(ns, box, third);

    ns.startAndWait(box);
    assertEquals(fourth, uid(ns, box));
    assertEquals("b", ns.sh(box, "echo $A"));
    assertEquals("started", ns.sh(box, "cat /var/log/starts"));
  }

  @Test
  void saysWhyNoPodWaits(TestNamespace ns) {
    String probe = "      readinessProbe: {exec: {command: [\"true\"]}}\n      command:";
    String box =
        ns.create(parked().with("running: true", "running: false").with("      command:", probe));
    ns.awaitStopped(box);
    Condition why =
        TestNamespace.condition(
                TestNamespace.await(
                    ns.sc(box),
                    "the reason",
                    sc -> TestNamespace.condition(sc, "Parked").isPresent(),
                    Timeouts.CONDITION),
                "Parked")
            .orElseThrow();
    assertEquals("False NotParkable", why.getStatus() + " " + why.getReason());
    assertTrue(why.getMessage().contains("readinessProbe"), why.getMessage());
    assertEquals(List.of(box + "-provider"), ns.podNames());

    step("without the probe");
    ns.patch(box, "{\"spec\":{\"template\":{\"container\":{\"readinessProbe\":null}}}}");
    awaitParked(ns, box, "none");
    step("released");
    ns.patch(box, "{\"spec\":{\"whenStopped\":\"Release\"}}");
    TestNamespace.awaitGone(ns.pod(box), Timeouts.GONE);
    TestNamespace.await(
        ns.sc(box),
        "no condition",
        sc -> TestNamespace.condition(sc, "Parked").isEmpty(),
        Timeouts.CONDITION);
    ns.startAndWait(box);
  }

  @Test
  void aSnapshotAndARestoreDoNotMindThePodThatWaits(TestNamespace ns) {
    String box = ns.create(parked());
    ns.awaitRunning(box);
    ns.sh(box, "echo before >/root/file");
    stopAndAwaitParked(ns, box);
    ns.plugin("snapshot", box, "--as", "first", "--wait").ok();
    Snapshots.awaitReady(ns, "first");

    ns.startAndWait(box);
    ns.sh(box, "echo after >/root/file");
    stopAndAwaitParked(ns, box);
    ns.plugin("restore", box, "first", "--wait").ok();
    ns.startAndWait(box);
    assertEquals("before", ns.sh(box, "cat /root/file"));
  }

  @Test
  @Types(PAGE)
  void thePageIsTypedAsItSays(TestNamespace ns) {
    try (Typist typist = new Typist(ns)) {
      typist.type(PAGE);
    }
  }
}
