package top.xtlsoft.stoppablecontainer.e2e.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.util.List;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Node;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** A namespace that is deleted with all its objects. */
@ClusterTest
class NamespaceDeletionE2E {

  @Test
  void takesWhatRunsStopsStartsOrCanNotStartWithIt(TestNamespace ns) {
    ns.create(named("running"));
    ns.create(named("stopped"));
    ns.create(named("stopping"));
    ns.awaitRunning("stopped");
    ns.stopAndWait("stopped");
    ns.awaitRunning("running");
    ns.awaitRunning("stopping");
    Node node = ns.node("running");
    ns.create(named("unpullable").with(TestNamespace.BUSYBOX, "registry.invalid/none:1"));
    ns.awaitNotReady("unpullable", "ImagePullFailed", Timeouts.CONDITION);
    ns.create(named("starting"));
    ns.stop("stopping");

    step("delete the namespace");
    ns.delete();

    TestNamespace.awaitGone(ns.client().namespaces().withName(ns.name()), Timeouts.GONE);
    String folder = ApiNames.DEFAULT_HOST_PATH_PREFIX + "/" + ns.name();
    assertFalse(node.exists(folder), "the folder on the node");
    assertEquals(List.of(), node.mountPointsBelow(folder));
  }

  private static Fixture named(String name) {
    return Fixture.of("container.yaml").with("name: box", "name: " + name);
  }
}
