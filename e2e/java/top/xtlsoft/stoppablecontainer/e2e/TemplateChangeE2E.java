package top.xtlsoft.stoppablecontainer.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** A template that is edited while its container runs, and a container that ends meanwhile. */
@ClusterTest
class TemplateChangeE2E {

  @Test
  void anEditIsToldAndTakesEffectAtTheNextStart(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    String uid = ns.getPod(box).getMetadata().getUid();
    ns.sh(box, "echo kept > /kept");

    step("edit the template");
    ns.patch(box, "{\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"edited\":\"yes\"}}}}}");
    StoppableContainer told =
        TestNamespace.await(
            ns.sc(box),
            "RestartRequired",
            sc -> TestNamespace.condition(sc, "RestartRequired").isPresent(),
            Timeouts.CONDITION);
    assertEquals(
        "TemplateChanged",
        TestNamespace.condition(told, "RestartRequired").orElseThrow().getReason());
    assertEquals(uid, ns.getPod(box).getMetadata().getUid());

    ns.stopAndWait(box);
    StoppableContainer again = ns.startAndWait(box);
    assertTrue(TestNamespace.condition(again, "RestartRequired").isEmpty());
    assertEquals("yes", ns.getPod(box).getMetadata().getLabels().get("edited"));
    assertEquals("kept", ns.sh(box, "cat /kept").strip());
  }

  @Test
  void tellsHowOftenAndHowTheContainerEnded(TestNamespace ns) {
    String box = ns.create(Fixture.of("ending.yaml"));
    ns.awaitRunning(box);
    assertEquals(0, ns.status(box).restartCount());

    step("the container ends with exit code 3");
    ns.exec(box, "/.sc-bin/sc-exec", "touch", "/end");
    StoppableContainerStatus status =
        TestNamespace.await(
                ns.sc(box),
                "one restart",
                sc -> sc.getStatus().restartCount() == 1 && sc.getStatus().lastExit() != null,
                Timeouts.RUNNING)
            .getStatus();
    assertEquals(3, status.lastExit().exitCode());
    assertEquals("Error", status.lastExit().reason());

    ns.awaitRunning(box);
    step("the last exit is still told while it is stopped");
    assertTrue(ns.stopAndWait(box).getStatus().lastExit().exitCode() != null);
  }
}
