package top.xtlsoft.stoppablecontainer.e2e.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Snapshots;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;

/** Snapshots that have a running container stopped. */
@ClusterTest
class SnapshotOfRunningE2E {

  private static String running(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, "echo kept >/root/file");
    return box;
  }

  /** Waits until another pod than this one runs the container. */
  private static void awaitStartedAgain(TestNamespace ns, String box, String uid) {
    ns.awaitOtherPodReady(box, uid);
    StoppableContainer again = ns.awaitRunning(box);
    assertEquals(Wanted.RUN, again.getStatus().wanted());
    assertEquals(Boolean.TRUE, again.getSpec().running(), "it is the user's own");
    assertEquals("started\nstarted", ns.sh(box, "cat /var/log/starts"));
  }

  @Test
  @Tag("node")
  void aRunningContainerIsStoppedForASnapshotAndStartsAgain(TestNamespace ns) {
    String box = running(ns);
    String uid = ns.getPod(box).getMetadata().getUid();
    Snapshots.take(ns, Fixture.of("snapshot-of-running.yaml"));
    StoppableContainerSnapshot taken = Snapshots.awaitReady(ns, "before");
    assertEquals(1, taken.getStatus().layers());
    awaitStartedAgain(ns, box, uid);
    ns.awaitEvent(box, "why it was stopped", e -> "StoppedForSnapshot".equals(e.getReason()));

    step("the snapshot has what was written until the stop");
    ns.sh(box, "echo changed >/root/file");
    String copy = ns.create(Fixture.of("clone.yaml"));
    ns.awaitRunning(copy);
    assertEquals("kept", ns.sh(copy, "cat /root/file"));
    assertEquals("changed", ns.sh(box, "cat /root/file"));
  }

  @Test
  void aUsersOwnStopOutlastsTheSnapshot(TestNamespace ns) {
    String box = running(ns);
    Snapshots.take(ns, Fixture.of("snapshot-of-running.yaml"));
    ns.stop(box);
    Snapshots.awaitReady(ns, "before");
    StoppableContainer stopped = ns.awaitStopped(box);
    assertEquals(Wanted.STOPPED_BY_USER, stopped.getStatus().wanted());
    assertNull(ns.pod(box).get());
    ns.startAndWait(box);
    assertEquals("kept", ns.sh(box, "cat /root/file"));
  }
}
