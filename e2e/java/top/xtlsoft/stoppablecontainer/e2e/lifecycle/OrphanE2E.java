package top.xtlsoft.stoppablecontainer.e2e.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Node;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Owners and their objects, separated by other means than a plain delete. */
@ClusterTest
class OrphanE2E {

  @Test
  void whatIsDeletedWithCascadeOrphanRunsOnAndIsAdoptedByTheNextOfItsName(TestNamespace ns) {
    String box = running(ns);
    String pod = ns.getPod(box).getMetadata().getUid();
    String instance = ns.sci(box).get().getMetadata().getUid();

    ns.kubectl("delete", "stoppablecontainer", box, "--cascade=orphan").ok();
    assertTrue(ns.sci(box).get().getMetadata().getOwnerReferences().isEmpty(), "an orphan");
    assertEquals("kept", ns.sh(box, "cat /root/file"), "it runs on");
    assertTrue(
        SystemPods.log(ns.client(), ApiNames.OPERATOR_NAME)
            .lines()
            .anyMatch(line -> line.contains(ns.name()) && line.contains("instanceKept=true")),
        "the operator does not log that the file system is gone");

    step("the next one of that name adopts it");
    ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    StoppableContainerInstance adopted = ns.sci(box).get();
    assertEquals(instance, adopted.getMetadata().getUid());
    assertEquals(
        ns.sc(box).get().getMetadata().getUid(),
        adopted.getMetadata().getOwnerReferences().getFirst().getUid());
    assertEquals(pod, ns.getPod(box).getMetadata().getUid(), "the container ran all the time");
    assertEquals("kept", ns.sh(box, "cat /root/file"));
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals("kept", ns.sh(box, "cat /root/file"));
    Node node = ns.node(box);
    ns.deleteAndWait(box);
    requireGone(ns, box, node);
  }

  @Test
  void whatLostItsOwnerWithoutTheOperatorGoesWithAllThatItHas(TestNamespace ns) {
    String box = running(ns);
    Node node = ns.node(box);
    step("delete it with its finalizers taken away by hand, and make another at once");
    ns.kubectl("delete", "stoppablecontainer", box, "--wait=false").ok();
    ns.kubectl(
        "patch",
        "stoppablecontainer",
        box,
        "--type=merge",
        "-p",
        "{\"metadata\":{\"finalizers\":[]}}");
    TestNamespace.awaitGone(ns.sc(box), Timeouts.GONE);
    ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    assertEquals("", ns.sh(box, "ls /root"), "another one, with files of its own");
    ns.deleteAndWait(box);
    requireGone(ns, box, node);
  }

  @Test
  void anInstanceThatIsDeletedAsAnOrphanGoesWithItsPods(TestNamespace ns) {
    String box = running(ns);
    Node node = ns.node(box);
    ns.kubectl("delete", "stoppablecontainer", box, "--cascade=orphan").ok();
    ns.kubectl("delete", "stoppablecontainerinstance", box, "--cascade=orphan").ok();
    TestNamespace.awaitGone(ns.sci(box), Timeouts.GONE);
    requireGone(ns, box, node);
    step("its name can be used again");
    ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
  }

  private static String running(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, "echo kept >/root/file");
    return box;
  }

  private static void requireGone(TestNamespace ns, String box, Node node) {
    TestNamespace.awaitGone(ns.pod(box), Timeouts.GONE);
    TestNamespace.awaitGone(ns.pod(box + "-provider"), Timeouts.GONE);
    assertFalse(node.exists(ns.hostPath(box)), "folder on the node");
    assertEquals(0, node.mountPointsBelow(ns.hostPath(box)).size(), "mounts on the node");
  }
}
