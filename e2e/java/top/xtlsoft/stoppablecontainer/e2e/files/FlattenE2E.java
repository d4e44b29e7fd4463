package top.xtlsoft.stoppablecontainer.e2e.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Snapshots;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** The agent merges the layers of a container that lies on many. */
@ClusterTest
class FlattenE2E {

  /** As many as a stack has before the agent merges any. */
  private static final int MANY = 16;

  private static void take(TestNamespace ns, String name) {
    Snapshots.take(ns, Fixture.of("snapshot.yaml").with("name: before", "name: " + name));
    Snapshots.awaitReady(ns, name);
  }

  private static int layers(TestNamespace ns) {
    return ClusterEnv.get()
        .node("")
        .list(ApiNames.DEFAULT_HOST_PATH_PREFIX + "/.layers/" + ns.name())
        .size();
  }

  private static void change(TestNamespace ns, String box, String command) {
    ns.startAndWait(box);
    ns.sh(box, command);
    ns.stopAndWait(box);
  }

  @Test
  void layersOfDeletedSnapshotsAreMergedAtAStop(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, "mkdir /root/folder; echo one >/root/folder/file; echo one >/root/gone");
    ns.stopAndWait(box);
    take(ns, "s1");
    change(ns, box, "echo two >/root/folder/file; rm /root/gone; echo two >/root/second");
    for (int i = 2; i <= MANY; i++) {
      take(ns, "s" + i);
    }
    assertEquals(MANY, layers(ns));

    step("of the first two and the last snapshot nothing may change");
    for (int i = 3; i < MANY; i++) {
      Snapshots.delete(ns, "s" + i);
    }
    change(ns, box, "echo three >/root/third");
    Awaitility.await("layers being merged").atMost(Timeouts.GONE).until(() -> layers(ns) == 2);
    String last = "s" + MANY;
    Awaitility.await("the status naming them")
        .atMost(Timeouts.CONDITION)
        .until(() -> layersOf(Snapshots.of(ns, last).get()) == 2);

    ns.startAndWait(box);
    assertEquals(
        "two two three", ns.sh(box, "cd /root; echo $(cat folder/file second third gone 2>&-)"));
    for (String snapshot : new String[] {"s1", last}) {
      String clone =
          ns.create(
              Fixture.of("container.yaml")
                  .with("name: box", "name: of-" + snapshot)
                  .with("spec:\n", "spec:\n  source: {snapshotName: " + snapshot + "}\n"));
      ns.awaitRunning(clone);
      assertEquals(
          snapshot.equals("s1") ? "one one" : "two two",
          ns.sh(clone, "cd /root; echo $(cat folder/file gone second 2>&-)"));
    }
  }

  private static int layersOf(StoppableContainerSnapshot snapshot) {
    return snapshot.getStatus().agent().layers();
  }
}
