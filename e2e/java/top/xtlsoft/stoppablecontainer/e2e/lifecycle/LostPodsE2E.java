package top.xtlsoft.stoppablecontainer.e2e.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Node;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Pods that are taken away in other ways than by a plain delete. */
@ClusterTest
class LostPodsE2E {

  @Test
  void anEvictedConsumerComesBackOnItsFilesWhateverItsRestartPolicy(TestNamespace ns) {
    String box =
        ns.create(
            Fixture.of("container.yaml")
                .with("    container:", "    restartPolicy: Never\n    container:")
                // A kubelet that does not know of the eviction would call an exit with 0 a success.
                .with("exit 0", "exit 1"));
    ns.awaitRunning(box);

    step("evict it by the API");
    String uid = uid(ns, box);
    assertTrue(ns.pod(box).evict(), "evicted");
    ns.awaitOtherPodReady(box, uid);
    ns.awaitRunning(box);

    step("evict it as kubelet does when its node runs out of memory");
    uid = uid(ns, box);
    fail(ns, box, "Evicted");
    ns.awaitOtherPodReady(box, uid);
    ns.awaitRunning(box);
    assertEquals("started\nstarted\nstarted", ns.sh(box, "cat /var/log/starts"));

    step("evict its provider so");
    String provider = box + "-provider";
    uid = uid(ns, provider);
    String consumer = uid(ns, box);
    fail(ns, provider, "Evicted");
    ns.awaitOtherPodReady(provider, uid);
    ns.awaitRunning(box);
    assertEquals(consumer, uid(ns, box));
    ns.stopAndWait(box);
    ns.startAndWait(box);
  }

  @Test
  void oneThatIsDeletedByForceIsNeverBesideItsSuccessor(TestNamespace ns) {
    String ticking =
        "trap '' TERM; me=$(cat /proc/sys/kernel/random/uuid); echo $me >>/starts;"
            + " while :; do echo $me >>/ticks; sleep 0.1; done";
    String box =
        ns.create(
            Fixture.of("container.yaml")
                .with("terminationGracePeriodSeconds: 5", "terminationGracePeriodSeconds: 3")
                .with(
                    "trap 'exit 0' TERM; echo started >>/var/log/starts; sleep 86400 & wait",
                    ticking));
    ns.awaitRunning(box);
    String uid = uid(ns, box);

    ns.forceDelete(box);
    ns.awaitOtherPodReady(box, uid);
    ns.awaitRunning(box);
    step("wait until the new one has written for a while");
    ns.sh(box, "until [ $(grep -c $(tail -n 1 /starts) /ticks) -gt 20 ]; do sleep 0.1; done");
    List<String> writers = ns.sh(box, "uniq /ticks").lines().toList();
    assertEquals(2, writers.size(), () -> "they wrote in turns: " + writers);

    step("the provider by force, too");
    String provider = box + "-provider";
    uid = uid(ns, provider);
    String consumer = uid(ns, box);
    ns.forceDelete(provider);
    ns.awaitOtherPodReady(provider, uid);
    ns.awaitRunning(box);
    assertEquals(consumer, uid(ns, box));
    assertEquals(1, ns.node(box).mountPointsBelow(ns.hostPath(box)).size(), "mounts on the node");
  }

  /** Stopped is a promise: no process is left that could write. */
  @Test
  void isStoppedWhenNothingWritesHoweverItsProcessesEnd(TestNamespace ns) {
    String killed = createWriter(ns, "killed", 0);
    String forced = createWriter(ns, "forced", 10);
    ns.awaitRunning(killed);
    ns.awaitRunning(forced);

    ns.stop(killed);
    ns.stop(forced);
    ns.forceDelete(forced);
    for (String box : List.of(killed, forced)) {
      ns.awaitStopped(box);
      String ticks = ns.hostPath(box) + "/upper/ticks";
      Node node = ns.node(box);
      long written = node.sizeBytes(ticks);
      assertTrue(written > 0, box);
      Awaitility.await(box + " writes no more")
          .during(Duration.ofSeconds(2))
          .atMost(Duration.ofSeconds(3))
          .until(() -> node.sizeBytes(ticks) == written);
    }
  }

  /** One that takes no notice of SIGTERM. */
  private static String createWriter(TestNamespace ns, String name, int graceSeconds) {
    return ns.create(
        Fixture.of("container.yaml")
            .with("name: box", "name: " + name)
            .with(
                "terminationGracePeriodSeconds: 5",
                "terminationGracePeriodSeconds: " + graceSeconds)
            .with(
                "trap 'exit 0' TERM; echo started >>/var/log/starts; sleep 86400 & wait",
                "trap '' TERM; while :; do echo tick >>/ticks; sleep 0.1; done"));
  }

  @Test
  void aProcessThatIsKilledForItsMemoryLeavesTheFilesAsTheyWere(TestNamespace ns) {
    String box =
        ns.create(
            Fixture.of("container.yaml")
                .with(
                    "      command:", "      resources: {limits: {memory: 24Mi}}\n      command:"));
    ns.awaitRunning(box);
    ns.sh(box, "echo precious >/root/file");

    // With cgroups of version 2 the kernel kills the whole container, and kubelet starts it again.
    String together = "cat /sys/fs/cgroup/memory.oom.group 2>/dev/null || echo 0";
    int restarts = Integer.parseInt(ns.sh(box, together));
    step("a child takes too much");
    ns.exec(box, "sh", "-c", "tail /dev/zero");
    TestNamespace.await(
        ns.pod(box),
        restarts == 0 ? "running on" : "running again",
        pod ->
            pod != null
                && pod.getStatus().getContainerStatuses().stream()
                    .allMatch(s -> s.getReady() && s.getRestartCount() == restarts),
        Timeouts.POD);
    ns.awaitRunning(box);
    assertEquals("precious", ns.execOnceAttached(box, "cat", "/root/file"));
  }

  private static String uid(TestNamespace ns, String pod) {
    return ns.getPod(pod).getMetadata().getUid();
  }

  /** As kubelet reports it: with a reason, and with a condition that outlives the reason. */
  private static void fail(TestNamespace ns, String pod, String reason) {
    ns.pod(pod)
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            """
            {"status": {"phase": "Failed", "reason": "%s", "conditions": [
              {"type": "DisruptionTarget", "status": "True", "reason": "TerminationByKubelet"}]}}
            """
                .formatted(reason));
  }
}
