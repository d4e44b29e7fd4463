package top.xtlsoft.stoppablecontainer.e2e.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** A runtime that keeps images in another way than as an overlay of folders. */
@ClusterTest
@Isolated
@Tag("disruptive")
class SnapshotterE2E {

  private static final String CLASS = "copied";

  private static final String RUNTIME_CLASS =
      """
      apiVersion: node.k8s.io/v1
      kind: RuntimeClass
      metadata:
        name: copied
      handler: copied
      """;

  @Test
  @AllowsLogs("Request refused: reason=UnsupportedSnapshotter")
  void refusesAnImageByTheNameOfItsSnapshotter(TestNamespace ns) {
    assumeTrue(ClusterEnv.get().embedded(), "the embedded node's runtime has such a class");
    assumeTrue(
        ns.client().nodes().list().getItems().stream()
            .noneMatch(
                node ->
                    node.getStatus()
                        .getNodeInfo()
                        .getContainerRuntimeVersion()
                        .startsWith("containerd://1.")),
        "containerd has a snapshotter for each class since 2.0");
    ns.kubectlWithInput(RUNTIME_CLASS, "create", "-f", "-").ok();
    try {
      SystemPods.withRuntimeClass(ns.client(), CLASS, () -> isRefused(ns));
    } finally {
      ns.kubectl("delete", "runtimeclass", CLASS).ok();
    }
  }

  private static void isRefused(TestNamespace ns) {
    String box =
        ns.create(
            Fixture.of("container.yaml")
                .with("  template:\n", "  template:\n    runtimeClassName: " + CLASS + "\n"));
    String name = "the snapshotter native on";
    String message =
        ns.awaitNotReady(box, "UnsupportedSnapshotter", Timeouts.CONDITION).getMessage();
    assertTrue(message.contains(name), message);
    ns.awaitEvent(
        box,
        "a warning of UnsupportedSnapshotter",
        event ->
            "Warning".equals(event.getType())
                && "UnsupportedSnapshotter".equals(event.getReason())
                && event.getMessage().contains(name));

    step("the class is taken out of the template");
    ns.stopAndWait(box);
    ns.patch(box, "{\"spec\":{\"template\":{\"runtimeClassName\":null}}}");
    ns.startAndWait(box);
    assertEquals("started", ns.sh(box, "cat /var/log/starts"));
  }
}
