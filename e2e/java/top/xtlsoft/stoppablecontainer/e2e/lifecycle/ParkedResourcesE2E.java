package top.xtlsoft.stoppablecontainer.e2e.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.math.BigDecimal;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Pods that wait for the next start, and hold less than they request. One test fills the node. */
@ClusterTest
@Isolated
class ParkedResourcesE2E {

  private static final String LIMIT =
      "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null";

  private static final String SMALL_LIMIT = String.valueOf(16 << 20);
  private static final String FULL_LIMIT = String.valueOf(64 << 20);

  /** A container that notes at each start how much memory it may use. */
  private static Fixture shrinking(String resources) {
    return Fixture.of("container.yaml")
        .with(
            "  running: true\n",
            "  running: false\n  whenStopped: Park\n  park: {resources: Shrink}\n")
        .with("      command:", "      resources: " + resources + "\n      command:")
        .with("echo started >>/var/log/starts", LIMIT + " >>/var/log/limits");
  }

  private static Condition awaitParked(TestNamespace ns, String box, String reason) {
    return TestNamespace.condition(
            TestNamespace.await(
                ns.sc(box),
                "parked: " + reason,
                sc ->
                    TestNamespace.condition(sc, "Parked")
                        .filter(c -> c.getReason().equals(reason))
                        .isPresent(),
                Timeouts.RUNNING),
            "Parked")
        .orElseThrow();
  }

  /** Waits until kubelet has brought about that the pod requests so much of the processor. */
  private static Pod awaitRequest(TestNamespace ns, String box, String cpu) {
    return TestNamespace.await(
        ns.pod(box),
        "a request of " + cpu,
        pod ->
            pod != null
                && isOf(cpu, pod.getSpec().getContainers().getFirst().getResources())
                && pod.getStatus().getContainerStatuses().stream()
                    .anyMatch(container -> isOf(cpu, container.getResources()))
                && pod.getStatus().getConditions().stream()
                    .noneMatch(c -> c.getType().startsWith("PodResize")),
        Timeouts.CONDITION);
  }

  private static boolean isOf(String cpu, ResourceRequirements resources) {
    return resources != null && Objects.toString(resources.getRequests().get("cpu")).equals(cpu);
  }

  @Test
  void theProgramBeginsWithAllThatItsTemplateRequests(TestNamespace ns) {
    String box = ns.create(shrinking("{limits: {cpu: 300m, memory: 64Mi}}"));
    awaitParked(ns, box, "PodWaits");
    Pod waiting = awaitRequest(ns, box, "10m");
    assertEquals("Guaranteed", waiting.getStatus().getQosClass());
    assertEquals(SMALL_LIMIT, ns.exec(box, "sh", "-c", LIMIT + "; true").ok());

    ns.startAndWait(box);
    awaitRequest(ns, box, "300m");
    assertEquals(waiting.getMetadata().getUid(), ns.getPod(box).getMetadata().getUid());
    assertEquals(FULL_LIMIT, ns.sh(box, "cat /var/log/limits"));
    assertEquals(0, ns.status(box).restartCount());

    step("a second time, and with another template");
    ns.stopAndWait(box);
    String second = awaitRequest(ns, box, "10m").getMetadata().getUid();
    ns.patch(
        box,
        "{\"spec\":{\"template\":{\"container\":{\"resources\":{\"limits\":{\"cpu\":\"200m\"}}}}}}");
    TestNamespace.await(
        ns.pod(box),
        "another pod",
        pod -> pod != null && !pod.getMetadata().getUid().equals(second),
        Timeouts.RUNNING);
    awaitRequest(ns, box, "10m");
    ns.startAndWait(box);
    awaitRequest(ns, box, "200m");
    assertEquals(FULL_LIMIT + "\n" + FULL_LIMIT, ns.sh(box, "cat /var/log/limits"));
  }

  @Test
  void aStartForWhichTheNodeHasNoRoomSaysSo(TestNamespace ns) {
    BigDecimal all =
        ns.client()
            .nodes()
            .list()
            .getItems()
            .getFirst()
            .getStatus()
            .getAllocatable()
            .get("cpu")
            .getNumericalAmount();
    String most = all.multiply(new BigDecimal(700)).intValue() + "m";
    String box = ns.create(shrinking("{requests: {cpu: " + most + "}}"));
    awaitParked(ns, box, "PodWaits");
    String waiting = awaitRequest(ns, box, "10m").getMetadata().getUid();

    step("another pod takes the room");
    String other =
        ns.createPod(
                Fixture.of("foreign-pod.yaml")
                    .with("name: box", "name: other")
                    .with(
                        "      command:",
                        "      resources: {requests: {cpu: " + most + "}}\n      command:"))
            .getMetadata()
            .getName();
    ns.awaitPodReady(other);
    ns.start(box);
    String why = ns.awaitNotReady(box, "Unschedulable", Timeouts.RUNNING).getMessage();
    assertTrue(why.contains("cpu"), why);
    assertNotEquals(waiting, ns.getPod(box).getMetadata().getUid());

    step("the room is free again");
    ns.pod(other).delete();
    ns.awaitRunning(box);
    awaitRequest(ns, box, most);
  }

  @Test
  void aPodThatMayNotBeResizedWaitsWithAllThatItRequests(TestNamespace ns) {
    ns.kubectlWithInput(
            """
            apiVersion: v1
            kind: LimitRange
            metadata: {name: least}
            spec: {limits: [{type: Container, min: {cpu: 50m}}]}
            """,
            "apply",
            "-f",
            "-")
        .ok();
    // The provider pod obeys it, too.
    String box =
        ns.create(
            shrinking("{requests: {cpu: 100m}}")
                .with(
                    "  template:\n",
                    "  provider: {resources: {requests: {cpu: 50m}}}\n  template:\n"));
    String why = awaitParked(ns, box, "ResourcesKept").getMessage();
    assertTrue(why.contains("50m"), why);
    Pod waiting = awaitRequest(ns, box, "100m");

    step("it may");
    ns.kubectl("delete", "limitrange", "least").ok();
    ns.startAndWait(box);
    assertEquals(waiting.getMetadata().getUid(), ns.getPod(box).getMetadata().getUid());
    ns.stopAndWait(box);
    awaitParked(ns, box, "PodWaits");
    String small = awaitRequest(ns, box, "10m").getMetadata().getUid();

    step("it is to keep all");
    ns.patch(box, "{\"spec\":{\"park\":{\"resources\":\"Keep\"}}}");
    assertNotEquals(small, awaitRequest(ns, box, "100m").getMetadata().getUid());
  }
}
