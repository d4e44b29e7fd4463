package top.xtlsoft.stoppablecontainer.e2e.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Containers and pods that fail or that another client deletes. */
@ClusterTest
class RecoveryE2E {

  @Test
  @Tag("node")
  void aContainerThatEndsStartsAgainOnItsFiles(TestNamespace ns) {
    String box = running(ns);

    step("end PID 1, and with it all that runs in the container, this command too");
    ns.exec(box, "kill", "-TERM", "1");
    TestNamespace.await(
        ns.pod(box),
        "restarted and ready",
        pod ->
            pod != null
                && pod.getStatus().getContainerStatuses().stream()
                    .allMatch(status -> status.getRestartCount() == 1 && status.getReady()),
        Timeouts.POD);
    ns.awaitRunning(box);

    step("sc-exec waits for the file system, which the container may not have got yet");
    assertEquals("precious", ns.execOnceAttached(box, "cat", "/root/file"));
    assertEquals("started\nstarted", ns.sh(box, "cat /var/log/starts"));
  }

  @Test
  void aConsumerPodThatIsDeletedComesBackOnItsFiles(TestNamespace ns) {
    String box = running(ns);
    String uid = ns.getPod(box).getMetadata().getUid();

    step("delete the consumer pod");
    ns.pod(box).delete();
    ns.awaitOtherPodReady(box, uid);
    ns.awaitRunning(box);

    assertEquals("precious", ns.sh(box, "cat /root/file"));
  }

  @Test
  void aProviderPodThatIsDeletedComesBackAndTheContainerNeverNotices(TestNamespace ns) {
    String box = running(ns);
    String consumer = ns.getPod(box).getMetadata().getUid();

    deleteProvider(ns, box);

    ns.awaitRunning(box);
    assertEquals(consumer, ns.getPod(box).getMetadata().getUid());
    assertEquals(0, ns.restarts(box, "main"));
    assertEquals("precious", ns.sh(box, "cat /root/file"));
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals("precious", ns.sh(box, "cat /root/file"));
  }

  @Test
  void aProviderPodThatIsDeletedWhileStoppedComesBack(TestNamespace ns) {
    String box = running(ns);
    ns.stopAndWait(box);

    deleteProvider(ns, box);

    ns.awaitStopped(box);
    ns.startAndWait(box);
    assertEquals("precious", ns.sh(box, "cat /root/file"));
    assertEquals(1, ns.node(box).mountPointsBelow(ns.hostPath(box)).size(), "mounts on the node");
  }

  @Test
  void aStartRightAfterAStopWins(TestNamespace ns) {
    String box = running(ns);
    String uid = ns.getPod(box).getMetadata().getUid();

    ns.stop(box);
    TestNamespace.await(
        ns.pod(box),
        "going",
        pod -> pod == null || pod.getMetadata().getDeletionTimestamp() != null,
        Timeouts.STOPPED);
    ns.start(box);
    ns.awaitOtherPodReady(box, uid);
    ns.awaitRunning(box);

    assertNotEquals(uid, ns.getPod(box).getMetadata().getUid());
    assertEquals("precious", ns.sh(box, "cat /root/file"));
  }

  @Test
  void twoOfTheSameNameInTwoNamespacesDoNotMix(TestNamespace ns) {
    TestNamespace other = TestNamespace.create(ns.name() + "-b", false);
    try {
      String box = running(ns);
      other.create(Fixture.of("container.yaml"));
      other.awaitRunning(box);
      other.sh(box, "echo other >/root/file");

      step("stop both, start both");
      ns.stop(box);
      other.stopAndWait(box);
      ns.awaitStopped(box);
      ns.start(box);
      other.startAndWait(box);
      ns.awaitRunning(box);
      assertEquals("precious", ns.sh(box, "cat /root/file"));
      assertEquals("other", other.sh(box, "cat /root/file"));

      step("delete one, the other goes on");
      ns.deleteAndWait(box);
      assertEquals("other", other.sh(box, "cat /root/file"));
      other.stopAndWait(box);
      other.startAndWait(box);
      assertEquals("other", other.sh(box, "cat /root/file"));
    } finally {
      other.delete();
    }
  }

  private static void deleteProvider(TestNamespace ns, String box) {
    String provider = box + "-provider";
    String uid = ns.getPod(provider).getMetadata().getUid();
    step("delete pod %s", provider);
    ns.pod(provider).delete();
    ns.awaitOtherPodReady(provider, uid);
  }

  private static String running(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, "echo precious >/root/file");
    return box;
  }
}
