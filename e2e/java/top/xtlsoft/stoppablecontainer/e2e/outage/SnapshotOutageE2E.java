package top.xtlsoft.stoppablecontainer.e2e.outage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Snapshots;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Operator or agent are away while a container is stopped for its snapshot. Alone, as others. */
@ClusterTest
@Isolated
@Tag("disruptive")
class SnapshotOutageE2E {

  /** Runs an action after a snapshot has stopped a container, and before an agent can take it. */
  private static void whileStoppedForSnapshot(TestNamespace ns, Runnable body) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    SystemPods.withoutAgents(
        ns.client(),
        () -> {
          Snapshots.take(ns, Fixture.of("snapshot-of-running.yaml"));
          TestNamespace.awaitGone(ns.pod(box), Timeouts.POD);
          TestNamespace.await(
              ns.sc(box),
              "stopped for the snapshot",
              sc -> sc.getStatus().wanted() == Wanted.STOPPED_FOR_SNAPSHOT,
              Timeouts.POD);
          body.run();
        });
    TestNamespace.await(
        ns.sc(box), "wanted again", sc -> sc.getStatus().wanted() == Wanted.RUN, Timeouts.POD);
    ns.awaitRunning(box);
    assertEquals("started\nstarted", ns.sh(box, "cat /var/log/starts"));
  }

  @Test
  void aNewOperatorGoesOnWithTheStopForASnapshot(TestNamespace ns) {
    whileStoppedForSnapshot(
        ns,
        () -> {
          SystemPods.deleteOperator(ns.client());
          SystemPods.awaitOperator(ns.client());
        });
    Snapshots.awaitReady(ns, "before");
  }

  @Test
  void aContainerStartsAgainWhenItsSnapshotIsDeletedFirst(TestNamespace ns) {
    whileStoppedForSnapshot(ns, () -> Snapshots.delete(ns, "before"));
  }
}
