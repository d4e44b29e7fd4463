package top.xtlsoft.stoppablecontainer.e2e.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.DocCommand;
import top.xtlsoft.stoppablecontainer.e2e.support.DocPage;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/** A node that is cordoned, full or away for a while. */
@ClusterTest
@Isolated
@Tag("disruptive")
class NodeAwayE2E {

  @Test
  void reportsACordonedNodeAndWaitsForIt(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    String node = ns.awaitRunning(box).getStatus().nodeName();
    ns.sh(box, "echo kept > /kept");

    step("cordon %s", node);
    ns.kubectl("cordon", node).ok();
    try {
      StoppableContainer away = await(ns, box, true);
      assertEquals(
          "NodeCordoned",
          TestNamespace.condition(away, "NodeUnavailable").orElseThrow().getReason());
      assertEquals("True", TestNamespace.condition(away, "Ready").orElseThrow().getStatus());

      step("what is stopped now waits");
      ns.stopAndWait(box);
      ns.start(box);
      String message = ns.awaitNotReady(box, "Unschedulable", Timeouts.CONDITION).getMessage();
      assertTrue(message.contains("unschedulable"), message);
    } finally {
      step("uncordon %s", node);
      ns.kubectl("uncordon", node).ok();
    }

    await(ns, box, false);
    ns.awaitRunning(box);
    assertEquals("kept", ns.sh(box, "cat /kept").strip());
  }

  @Test
  @Types("docs/operations.md#Drain a node")
  void aDrainEndsAndTheContainerGoesOnOnceItsNodeIsBack(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    String node = ns.awaitRunning(box).getStatus().nodeName();
    String resting = ns.create(Fixture.of("container.yaml").with("name: box", "name: resting"));
    ns.awaitRunning(resting);
    ns.stopAndWait(resting);

    step("drain %s of what is ours", node);
    List<DocCommand> page = DocPage.of("docs/operations.md").commands("Drain a node");
    String ours = " --pod-selector=" + ApiNames.LABEL_MANAGED_BY + "=" + ApiNames.MANAGED_BY_VALUE;
    Typist typist =
        new Typist(ns).with("NODE", node).with(" --ignore", ours + " --timeout=50s --ignore");
    try {
      typist.type(page.getFirst());
      String message = ns.awaitNotReady(box, "Unschedulable", Timeouts.CONDITION).getMessage();
      assertTrue(message.contains("unschedulable"), message);
      assertEquals(StoppableContainerPhase.STOPPED, ns.status(resting).phase());
    } finally {
      typist.type(page.getLast());
    }

    ns.awaitRunning(box);
    assertEquals("started\nstarted", ns.sh(box, "cat /var/log/starts"));
    ns.startAndWait(resting);
    assertEquals("started\nstarted", ns.sh(resting, "cat /var/log/starts"));
  }

  @Test
  void oneThatIsPreemptedGoesOnWhenThereIsRoomAgain(TestNamespace ns) {
    int milliCpus = freeMilliCpus(ns) * 6 / 10;
    String request = "resources: {requests: {cpu: %dm}}\n".formatted(milliCpus);
    String box =
        ns.create(
            Fixture.of("container.yaml")
                .with("      command:", "      " + request + "      command:"));
    ns.awaitRunning(box);

    step("a pod that is more important needs the room");
    ns.createPod(
        Fixture.of("foreign-pod.yaml")
            .with("name: box", "name: important")
            .with("  containers:", "  priorityClassName: system-cluster-critical\n  containers:")
            .with("      command:", "      " + request + "      command:"));
    String message = ns.awaitNotReady(box, "Unschedulable", Timeouts.CONDITION).getMessage();
    assertTrue(message.contains("Insufficient cpu"), message);

    step("it goes");
    ns.pod("important").delete();
    ns.awaitRunning(box);
    assertEquals("started\nstarted", ns.sh(box, "cat /var/log/starts"));
  }

  @Test
  void reportsANodeThatLeftTheClusterAndGoesOnWhenItIsBack(TestNamespace ns) {
    assumeTrue(ClusterEnv.get().embedded(), "only the embedded cluster's kubelet can be restarted");
    String box = ns.create(Fixture.of("container.yaml"));
    String node = ns.awaitRunning(box).getStatus().nodeName();
    String resting = ns.create(Fixture.of("container.yaml").with("name: box", "name: resting"));
    ns.awaitRunning(resting);
    ns.stopAndWait(resting);

    step("delete node %s", node);
    ns.kubectl("delete", "node", node).ok();
    try {
      String message = ns.awaitNotReady(resting, "NodeGone", Timeouts.CONDITION).getMessage();
      assertTrue(message.contains(node) && message.contains("Bring it back"), message);
      assertEquals(StoppableContainerPhase.FAILED, ns.status(resting).phase());
      StoppableContainer away = await(ns, box, true);
      assertEquals(
          "NodeGone", TestNamespace.condition(away, "NodeUnavailable").orElseThrow().getReason());
    } finally {
      step("kubelet registers it again");
      ClusterEnv.get().restartComponent("kubelet");
    }

    await(ns, box, false);
    ns.awaitStopped(resting);
    ns.awaitRunning(box);
    ns.startAndWait(resting);
    assertEquals("started\nstarted", ns.sh(resting, "cat /var/log/starts"));
    SystemPods.awaitOperator(ns.client());
    SystemPods.awaitAgents(ns.client());
  }

  /** What the pods of the only node leave; with more nodes, of the one that has most. */
  private static int freeMilliCpus(TestNamespace ns) {
    List<Pod> pods = ns.client().pods().inAnyNamespace().list().getItems();
    return ns.client().nodes().list().getItems().stream()
        .mapToInt(
            node ->
                milliCpus(node.getStatus().getAllocatable().get("cpu"))
                    - pods.stream()
                        .filter(p -> node.getMetadata().getName().equals(p.getSpec().getNodeName()))
                        .flatMap(p -> p.getSpec().getContainers().stream())
                        .map(c -> c.getResources().getRequests())
                        .filter(requests -> requests != null && requests.containsKey("cpu"))
                        .mapToInt(requests -> milliCpus(requests.get("cpu")))
                        .sum())
        .max()
        .orElseThrow();
  }

  private static int milliCpus(Quantity cpu) {
    return cpu.getNumericalAmount().movePointRight(3).intValue();
  }

  private static StoppableContainer await(TestNamespace ns, String box, boolean present) {
    return TestNamespace.await(
        ns.sc(box),
        "NodeUnavailable: " + present,
        sc -> TestNamespace.condition(sc, "NodeUnavailable").isPresent() == present,
        Timeouts.CONDITION);
  }
}
