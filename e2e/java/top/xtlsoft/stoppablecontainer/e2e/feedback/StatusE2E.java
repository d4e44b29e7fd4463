package top.xtlsoft.stoppablecontainer.e2e.feedback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** What users and their tools see: status, conditions, columns and events. */
@ClusterTest
class StatusE2E {

  @Test
  void fillsTheStatusThatTheContractNames(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));

    StoppableContainer running = ns.awaitRunning(box);

    StoppableContainerStatus status = running.getStatus();
    assertEquals(box, status.instanceName());
    assertEquals(box + "-provider", status.providerPodName());
    assertEquals(box, status.consumerPodName());
    assertEquals(ns.getPod(box).getSpec().getNodeName(), status.nodeName());
    assertTrue(
        status.hostPath().startsWith(ns.hostPath(box)), "host path, but is " + status.hostPath());
    String imageID = ns.awaitImageID(box);
    assertTrue(imageID.matches(".*sha256:[0-9a-f]{64}"), imageID);
    assertEquals(running.getMetadata().getGeneration(), status.observedGeneration());
    assertTrue(!status.message().isBlank(), "a message");
    Condition ready = TestNamespace.condition(running, "Ready").orElseThrow();
    assertEquals(running.getMetadata().getGeneration(), ready.getObservedGeneration());
    assertTrue(ready.getReason().matches("[A-Z][A-Za-z]+"), "reason " + ready.getReason());
  }

  @Test
  @Tag("smoke")
  void kubectlWaitsForItAndShowsItsColumns(TestNamespace ns) {
    ns.kubectlWithInput(Fixture.of("container.yaml").text(), "create", "-f", "-").ok();

    // The short name sc is StorageClass' first, everywhere; with the group behind it it is ours.
    step("kubectl wait");
    // kubectl itself may take Timeouts.COMMAND, which is longer.
    String patience = "--timeout=" + Timeouts.STOPPED.toSeconds() + "s";
    ns.kubectl("wait", "--for=condition=Ready", patience, "stoppablecontainer/box").ok();

    step("kubectl get stoppablecontainers");
    List<String> lines = ns.kubectl("get", "stoppablecontainers").ok().lines().toList();
    assertTrue(lines.getFirst().matches("NAME +PHASE +NODE .*AGE *"), lines.getFirst());
    String node = ns.getPod("box").getSpec().getNodeName();
    assertTrue(lines.get(1).matches("box +Running +" + node + " .*"), lines.get(1));
    String wide = ns.kubectl("get", "stoppablecontainers", "-o", "wide").ok();
    assertTrue(wide.matches("(?s)NAME .* RESTARTS +SINCE +IMAGE +ACTIVITY +MESSAGE.*"), wide);
    assertTrue(
        wide.matches(
            "(?s).*\nbox +Running +"
                + node
                + " .* "
                + TestNamespace.BUSYBOX
                + " +The container is running.*"),
        wide);

    step("kubectl get sc.stoppablecontainer.xtlsoft.top");
    assertEquals(
        lines.getFirst(),
        ns.kubectl("get", "sc." + ApiNames.GROUP).ok().lines().findFirst().orElse(""));

    step("kubectl get stopc: a short name that kubectl takes for nothing else");
    assertEquals(lines.getFirst(), ns.kubectl("get", "stopc").ok().lines().findFirst().orElse(""));

    step("kubectl get sci");
    List<String> instances = ns.kubectl("get", "sci").ok().lines().toList();
    assertTrue(instances.getFirst().contains("PHASE"), instances.getFirst());
    assertTrue(instances.get(1).matches("box .*Running .*"), instances.get(1));

    step("kubectl wait for the stop");
    ns.kubectl(
            "patch",
            "stoppablecontainer",
            "box",
            "--type=merge",
            "-p",
            "{\"spec\":{\"running\":false}}")
        .ok();
    ns.kubectl("wait", "--for=jsonpath={.status.phase}=Stopped", patience, "stoppablecontainer/box")
        .ok();

    step("kubectl explain");
    assertTrue(ns.kubectl("explain", "stoppablecontainer.spec.running").ok().contains("boolean"));
    String template = ns.kubectl("explain", "stopc.spec.template").ok();
    assertTrue(
        template.replaceAll("\\s+", " ").contains("kubectl explain pod.spec.tolerations"),
        template);
  }

  @Test
  void reportsItsLifeInEvents(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.awaitEvent(box, "Started", event -> "Started".equals(event.getReason()));

    ns.stopAndWait(box);
    ns.awaitEvent(box, "Stopped", event -> "Stopped".equals(event.getReason()));

    step("kubectl describe shows them");
    String described = ns.kubectl("describe", "stoppablecontainer", box).ok();
    assertTrue(described.contains("Events:") && described.contains("Stopped"), described);
  }
}
