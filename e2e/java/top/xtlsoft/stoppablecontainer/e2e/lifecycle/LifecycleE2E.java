package top.xtlsoft.stoppablecontainer.e2e.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.InstancePhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Node;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** The main job: create, stop, start, delete. */
@ClusterTest
class LifecycleE2E {

  @Test
  @Tag("node")
  @Tag("smoke")
  void keepsItsFilesAcrossStopAndStart(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);

    step("write a file");
    ns.sh(box, "echo remember me >/root/note");
    String uid = ns.getPod(box).getMetadata().getUid();
    ns.stopAndWait(box);
    ns.startAndWait(box);

    step("read it in a new pod");
    assertNotEquals(uid, ns.getPod(box).getMetadata().getUid());
    assertEquals("remember me", ns.sh(box, "cat /root/note"));
    assertEquals("started\nstarted", ns.sh(box, "cat /var/log/starts"));
  }

  @Test
  void runsTheFirstContainerOfASpecWithTheOthersAroundIt(TestNamespace ns) {
    String pair = ns.create(Fixture.of("spec-with-sidecar.yaml"));
    ns.awaitRunning(pair);

    step("the consumer pod is as the template says");
    Pod pod = ns.getPod(pair);
    assertEquals("pair", pod.getMetadata().getLabels().get("app"));
    assertEquals("kept", pod.getMetadata().getAnnotations().get("example.com/note"));
    assertEquals(
        List.of("app", "sidecar"),
        pod.getSpec().getContainers().stream().map(c -> c.getName()).toList());
    assertEquals("yes", ns.execIn(pair, "app", "sh", "-c", "echo $FROM_TEMPLATE").ok());

    step("volumes are shared, root file systems are not");
    assertEquals("hello", ns.execIn(pair, "app", "cat", "/shared/from-sidecar").ok());
    ns.execIn(pair, "app", "sh", "-c", "echo app >/root/who").ok();
    ns.execIn(pair, "sidecar", "sh", "-c", "echo sidecar >/root/who").ok();
    assertEquals("app", ns.execIn(pair, "app", "cat", "/root/who").ok());
    assertFalse(
        ns.node(pair).exists(ns.hostPath(pair) + "/upper/shared/from-sidecar"),
        "a volume's file got into the persistent layer");

    ns.stopAndWait(pair);
    ns.startAndWait(pair);
    step("init container and native sidecar begin before it and, at a stop, end after it");
    assertEquals(
        """
        started prepared
        helping
        stopped helping
        started prepared
        helping""",
        ns.execIn(pair, "app", "cat", "/root/life").ok());
    assertEquals("app", ns.execIn(pair, "app", "cat", "/root/who").ok());
    step("the sidecar is a plain container: what it wrote is gone");
    assertEquals(1, ns.execIn(pair, "sidecar", "cat", "/root/who").exit());
  }

  @Test
  void stopDeletesTheConsumerAndKeepsTheProvider(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    String provider = ns.getPod(box + "-provider").getMetadata().getUid();
    ns.sh(box, "echo kept >/root/kept");

    StoppableContainer stopped = ns.stopAndWait(box);

    assertNull(ns.pod(box).get(), "the consumer pod");
    assertNull(stopped.getStatus().consumerPodName());
    assertEquals(provider, ns.getPod(box + "-provider").getMetadata().getUid());
    assertEquals(InstancePhase.STOPPED, ns.sci(box).get().getStatus().phase());
    Node node = ns.node(box);
    assertTrue(node.exists(ns.hostPath(box) + "/upper/root/kept"), "the file on the node");
    assertEquals(1, node.mountPointsBelow(ns.hostPath(box)).size(), "mounts on the node");
  }

  @Test
  void neverRunsWhatIsCreatedStopped(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml").with("running: true", "running: false"));

    ns.awaitStopped(box);
    assertNull(ns.pod(box).get(), "the consumer pod");

    ns.startAndWait(box);
    assertEquals("started", ns.sh(box, "cat /var/log/starts"));
  }

  @Test
  @Tag("smoke")
  void deleteLeavesNothing(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    Node node = ns.node(box);
    String folder = ns.hostPath(box);
    assertTrue(node.exists(folder), "the folder while it runs");
    assertFalse(node.mountPointsBelow(folder).isEmpty(), "the mount while it runs");

    ns.deleteAndWait(box);

    assertEquals(List.of(), ns.podNames());
    assertFalse(node.exists(folder), "the folder on the node");
    assertEquals(List.of(), node.mountPointsBelow(folder));
    step("the ConfigMap goes with the last that used it");
    var ours =
        ns.client()
            .configMaps()
            .inNamespace(ns.name())
            .withLabel(ApiNames.LABEL_MANAGED_BY, ApiNames.MANAGED_BY_VALUE);
    for (var left : ours.list().getItems()) {
      TestNamespace.awaitGone(
          ns.client().configMaps().inNamespace(ns.name()).withName(left.getMetadata().getName()),
          Timeouts.GONE);
    }
  }

  @Test
  void deletesWhatIsStopped(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.stopAndWait(box);
    Node node = ns.node(box);

    ns.deleteAndWait(box);

    assertEquals(List.of(), ns.podNames());
    assertFalse(node.exists(ns.hostPath(box)), "the folder on the node");
  }

  @Test
  void beginsAnewAfterDeleteUnderTheSameName(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, "echo old >/root/old");
    ns.deleteAndWait(box);

    ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);

    assertEquals(1, ns.exec(box, "cat", "/root/old").exit());
    assertEquals("started", ns.sh(box, "cat /var/log/starts"));
  }

  @Test
  void marksItsPodsAndOwnsThem(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);

    String sc = ns.sc(box).get().getMetadata().getUid();
    var instance = ns.sci(box).get().getMetadata();
    assertEquals(sc, instance.getOwnerReferences().getFirst().getUid());
    for (String role : List.of("provider", "consumer")) {
      step("labels and owner of the %s pod", role);
      Pod pod = ns.getPod("provider".equals(role) ? box + "-provider" : box);
      Map<String, String> labels = pod.getMetadata().getLabels();
      assertEquals("stoppablecontainer", labels.get(ApiNames.GROUP + "/managed-by"));
      assertEquals(box, labels.get(ApiNames.GROUP + "/instance"));
      assertEquals(role, labels.get(ApiNames.GROUP + "/role"));
      var owner = pod.getMetadata().getOwnerReferences().getFirst();
      assertEquals(instance.getUid(), owner.getUid());
      assertEquals("StoppableContainerInstance", owner.getKind());
      assertTrue(owner.getController(), "controller");
    }
    assertEquals(
        List.of("rootfs", "provider"),
        ns.getPod(box + "-provider").getSpec().getContainers().stream()
            .map(c -> c.getName())
            .toList());
    assertTrue(
        ns.sc(box).get().getMetadata().getFinalizers().contains(ApiNames.FINALIZER), "finalizer");
    assertTrue(instance.getFinalizers().contains(ApiNames.INSTANCE_FINALIZER), "finalizer");
    assertEquals(List.of(), instance.getManagedFields(), "they would cost at each write");
    assertNotNull(ns.sci(box).get().getSpec().nodeName());
  }
}
