package top.xtlsoft.stoppablecontainer.e2e.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.e2e.support.AgentTokens;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.SecondNode;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** A file system on one of two real nodes, each with its own kubelet, runtime and agent. */
@ClusterTest
@Isolated
@Tag("disruptive")
@Tag("nodes")
class TwoNodesE2E {

  private static final String FIRST = "node1";
  private static final String SECOND = SecondNode.NAME;

  private static SecondNode second;

  @BeforeAll
  static void join() {
    assumeTrue(ClusterEnv.get().embedded(), "only the embedded cluster takes a second node");
    second = SecondNode.join();
  }

  @AfterAll
  static void leave() {
    if (second != null) {
      second.close();
    }
  }

  @Test
  void keepsAFileSystemOnItsNodeThoughTheOtherHasRoom(TestNamespace ns) {
    String box = create(ns, "box", SECOND);
    ns.awaitRunning(box);
    ns.sh(box, "echo kept >/kept");
    String folder = ns.hostPath(box);
    assertTrue(ClusterEnv.get().node(SECOND).exists(folder), folder);
    assertFalse(ClusterEnv.get().node(FIRST).exists(folder), folder);

    step("the first node is free to choose, and the emptier one");
    ns.stopAndWait(box);
    ns.patch(box, "{\"spec\":{\"template\":{\"nodeSelector\":null}}}");
    ns.startAndWait(box);
    assertEquals(SECOND, ns.getPod(box).getSpec().getNodeName());
    assertEquals("kept", ns.sh(box, "cat /kept").strip());

    step("a selector for the first node does not move it");
    ns.stopAndWait(box);
    ns.patch(box, "{\"spec\":{\"template\":{\"nodeSelector\":" + selector(FIRST) + "}}}");
    ns.start(box);
    ns.awaitNotReady(box, "Unschedulable", Timeouts.CONDITION);
    assertEquals(SECOND, ns.status(box).nodeName());

    step("its deletion empties the disk of its node");
    ns.deleteAndWait(box);
    assertFalse(ClusterEnv.get().node(SECOND).exists(folder), folder);
  }

  @Test
  void keepsContainersOnADrainedOrTaintedNodeAndDoesNotDisturbTheOther(TestNamespace ns) {
    String box = create(ns, "box", SECOND);
    String neighbour = create(ns, "neighbour", FIRST);
    ns.awaitRunning(box);
    ns.awaitRunning(neighbour);
    ns.sh(box, "echo kept >/kept");
    ns.patch(box, "{\"spec\":{\"template\":{\"nodeSelector\":null}}}");

    try {
      step("drain");
      ns.kubectl(
              "drain",
              SECOND,
              "--ignore-daemonsets",
              "--delete-emptydir-data",
              "--timeout=50s",
              "--pod-selector=" + ApiNames.LABEL_MANAGED_BY + "=" + ApiNames.MANAGED_BY_VALUE)
          .ok();
      ns.awaitNotReady(box, "Unschedulable", Timeouts.CONDITION);
    } finally {
      ns.kubectl("uncordon", SECOND).ok();
    }
    ns.awaitRunning(box);
    assertEquals(SECOND, ns.getPod(box).getSpec().getNodeName());

    try {
      step("a taint that evicts");
      ns.kubectl("taint", "node", SECOND, "sc-e2e=away:NoExecute").ok();
      ns.awaitNotReady(box, "Unschedulable", Timeouts.CONDITION);
    } finally {
      ns.kubectl("taint", "node", SECOND, "sc-e2e-").ok();
    }
    ns.awaitRunning(box);
    assertEquals(SECOND, ns.getPod(box).getSpec().getNodeName());
    assertEquals("kept", ns.sh(box, "cat /kept").strip());
    assertEquals("started\nstarted\nstarted", ns.sh(box, "cat /var/log/starts"));
    assertEquals("started", ns.sh(neighbour, "cat /var/log/starts"));
  }

  @Test
  @Tag("long")
  // The node goes away under its agent and under the operator, and they report it.
  @AllowsLogs(".*")
  void keepsTheFilesOfADeadNodeAndDoesNotDisturbTheOther(TestNamespace ns) {
    String box = create(ns, "box", SECOND);
    String doomed = create(ns, "doomed", SECOND);
    String neighbour = create(ns, "neighbour", FIRST);
    List.of(box, doomed, neighbour).forEach(ns::awaitRunning);
    ns.sh(box, "echo kept >/kept && sync");
    String folder = ns.hostPath(doomed);
    ns.patch(box, "{\"spec\":{\"template\":{\"nodeSelector\":null}}}");

    second.powerOff();
    try {
      ns.kubectl("delete", "stoppablecontainer", doomed, "--wait=false").ok();
      step("meanwhile the other node starts and stops");
      ns.stopAndWait(neighbour);
      ns.startAndWait(neighbour);

      step("the status says that the node is dead");
      awaitUnavailable(ns, box, true, Timeouts.CLUSTER_BACK);
      assertEquals(SECOND, ns.status(box).nodeName());
      assertNotNull(ns.sci(doomed).get(), "its files are still there, and so is the instance");
    } finally {
      second.powerOn();
    }

    awaitUnavailable(ns, box, false, Timeouts.CONDITION);
    ns.awaitRunning(box);
    assertEquals("kept", ns.sh(box, "cat /kept").strip());
    TestNamespace.awaitGone(ns.sc(doomed), Timeouts.GONE);
    assertFalse(ClusterEnv.get().node(SECOND).exists(folder), folder);
  }

  private static void awaitUnavailable(
      TestNamespace ns, String box, boolean present, Duration timeout) {
    TestNamespace.await(
        ns.sc(box),
        "NodeNotReady: " + present,
        sc ->
            TestNamespace.condition(sc, "NodeUnavailable")
                    .filter(condition -> condition.getReason().equals("NodeNotReady"))
                    .isPresent()
                == present,
        timeout);
  }

  @Test
  void refusesAnAgentTheObjectsOfTheOtherNode(TestNamespace ns) {
    Map<String, String> boxes =
        Map.of(FIRST, create(ns, "first", FIRST), SECOND, create(ns, "second", SECOND));
    boxes.values().forEach(ns::awaitRunning);
    for (String node : List.of(FIRST, SECOND)) {
      String other = node.equals(FIRST) ? SECOND : FIRST;
      AgentTokens.withAgentOf(
          node,
          agent -> {
            step("the real agent of %s", node);
            reportOn(agent, ns, boxes.get(node));
            KubernetesClientException refusal =
                assertThrows(
                    KubernetesClientException.class, () -> reportOn(agent, ns, boxes.get(other)));
            String expected =
                "the agent of node '%s' may not write what belongs to node '%s'"
                    .formatted(node, other);
            assertTrue(String.valueOf(refusal.getMessage()).contains(expected), refusal::toString);
          });
    }
  }

  /** Nothing is written: the API server only answers whether it would be. */
  private static void reportOn(KubernetesClient agent, TestNamespace ns, String box) {
    agent
        .resources(StoppableContainerInstance.class)
        .inNamespace(ns.name())
        .withName(box)
        .subresource("status")
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.JSON_MERGE)
                .withDryRun(List.of("All"))
                .build(),
            "{\"status\":{\"agent\":{\"message\":\"tried\"}}}");
  }

  private static String create(TestNamespace ns, String name, String node) {
    return ns.create(
        Fixture.of("container.yaml")
            .with("name: box", "name: " + name)
            .with("  template:\n", "  template:\n    nodeSelector: " + selector(node) + "\n"));
  }

  private static String selector(String node) {
    return "{\"kubernetes.io/hostname\": \"" + node + "\"}";
  }
}
