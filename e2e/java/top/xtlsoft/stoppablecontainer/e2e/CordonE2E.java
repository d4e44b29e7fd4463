package top.xtlsoft.stoppablecontainer.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** A node on which nothing is to be started for a while. */
@ClusterTest
@Isolated
@Tag("disruptive")
class CordonE2E {

  @Test
  void aCordonedNodeIsToldAndTheContainerWaitsForIt(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    String node = ns.awaitRunning(box).getStatus().nodeName();
    ns.sh(box, "echo kept > /kept");

    step("cordon %s", node);
    ns.kubectl("cordon", node).ok();
    try {
      StoppableContainer told = await(ns, box, true);
      assertEquals(
          "NodeCordoned",
          TestNamespace.condition(told, "NodeUnavailable").orElseThrow().getReason());
      assertEquals("True", TestNamespace.condition(told, "Ready").orElseThrow().getStatus());

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

  private static StoppableContainer await(TestNamespace ns, String box, boolean present) {
    return TestNamespace.await(
        ns.sc(box),
        "NodeUnavailable: " + present,
        sc -> TestNamespace.condition(sc, "NodeUnavailable").isPresent() == present,
        Timeouts.CONDITION);
  }
}
