package top.xtlsoft.stoppablecontainer.e2e.lifecycle;

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
  void reportsAnEditThatTakesEffectAtTheNextStart(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    String uid = ns.getPod(box).getMetadata().getUid();
    ns.sh(box, "echo kept > /kept");

    step("edit the template");
    ns.patch(box, "{\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"edited\":\"yes\"}}}}}");
    StoppableContainer edited =
        TestNamespace.await(
            ns.sc(box),
            "RestartRequired",
            sc -> TestNamespace.condition(sc, "RestartRequired").isPresent(),
            Timeouts.CONDITION);
    assertEquals(
        "TemplateChanged",
        TestNamespace.condition(edited, "RestartRequired").orElseThrow().getReason());
    assertEquals(uid, ns.getPod(box).getMetadata().getUid());

    StoppableContainer stopped = ns.stopAndWait(box);
    assertTrue(TestNamespace.condition(stopped, "RestartRequired").isEmpty());
    step("edit it again while it is stopped");
    ns.patch(box, "{\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"again\":\"yes\"}}}}}");
    StoppableContainer again = ns.startAndWait(box);
    assertTrue(TestNamespace.condition(again, "RestartRequired").isEmpty());
    assertEquals("yes", ns.getPod(box).getMetadata().getLabels().get("edited"));
    assertEquals("yes", ns.getPod(box).getMetadata().getLabels().get("again"));
    assertEquals("kept", ns.sh(box, "cat /kept").strip());
  }

  @Test
  void reportsHowOftenAndHowTheContainerEnded(TestNamespace ns) {
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
    step("the status keeps the last exit while it is stopped");
    assertTrue(ns.stopAndWait(box).getStatus().lastExit().exitCode() != null);
  }

  @Test
  void reportsRepeatedEndsInFewEvents(TestNamespace ns) {
    String box =
        ns.create(
            Fixture.of("ending.yaml")
                .with("while [ ! -e /end ]; do sleep 0.2; done; rm /end; exit 3", "exit 3"));
    TestNamespace.await(
        ns.sc(box),
        "two restarts",
        sc ->
            sc.getStatus() != null
                && sc.getStatus().restartCount() != null
                && sc.getStatus().restartCount() >= 2,
        Timeouts.POD);
    String message = ns.awaitNotReady(box, "CrashLoopBackOff", Timeouts.POD).getMessage();
    assertTrue(message.contains("with exit code 3."), message);
    assertTrue(message.contains("kubectl logs --previous box -c main"), message);
    assertTrue(ns.events(box).size() <= 3, () -> "too many: " + ns.events(box));

    step("the template is corrected and the container started again");
    ns.stopAndWait(box);
    ns.patch(box, "{\"spec\":{\"template\":{\"container\":{\"command\":[\"sleep\",\"86400\"]}}}}");
    ns.startAndWait(box);
  }
}
