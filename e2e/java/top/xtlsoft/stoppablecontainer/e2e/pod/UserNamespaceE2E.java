package top.xtlsoft.stoppablecontainer.e2e.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;

/**
 * {@code hostUsers: false}: kubelet gives each pod other users of the node, and the files keep
 * their owners all the same.
 */
@ClusterTest
@Tag("node")
class UserNamespaceE2E {

  private static final String FILES =
      "stat -c '%n %u:%g %a' / /root /root/of-root /srv/of-1000 /srv/of-1000/below /bin/busybox";

  /** Kubelet chooses one of some hundred ranges at random, and may choose that of before. */
  private static final int STARTS = 4;

  @Test
  void filesKeepTheirOwnersFromStartToStart(TestNamespace ns) {
    String box = ns.create(Fixture.of("user-namespace.yaml"));
    ns.awaitRunning(box);
    String first = ns.sh(box, "cat /proc/self/uid_map");
    ns.sh(
        box,
        "echo kept >/root/of-root; mkdir -p /srv/of-1000; echo kept >/srv/of-1000/below;"
            + " chown -R 1000:2000 /srv/of-1000; chmod 600 /root/of-root");
    String files = ns.sh(box, FILES);
    assertEquals("/root/of-root 0:0 600", files.lines().skip(2).findFirst().orElseThrow());

    String second = first;
    for (int start = 0; start < STARTS && second.equals(first); start++) {
      ns.stopAndWait(box);
      ns.startAndWait(box);
      second = ns.sh(box, "cat /proc/self/uid_map");
    }
    assertNotEquals(first, second);
    assertEquals(files, ns.sh(box, FILES));
    assertEquals("kept", ns.sh(box, "cat /srv/of-1000/below"));
    assertEquals("again", ns.sh(box, "echo again >/bin/made && cat /bin/made"));

    step("the main process ends, and its container starts again in the same pod");
    String before = SystemPods.containerId(ns.getPod(box));
    ns.exec(box, "sh", "-c", "kill -TERM 1");
    SystemPods.awaitOtherContainer(ns.client(), ns.getPod(box), before);
    // The pod can be ready by the word of the container before.
    assertEquals(files, ns.execOnceAttached(box, "sh", "-c", FILES));

    step("with the node's users");
    ns.stopAndWait(box);
    ns.patch(box, "{\"spec\":{\"running\":true,\"template\":{\"spec\":{\"hostUsers\":null}}}}");
    ns.awaitRunning(box);
    assertEquals(
        "0 0 4294967295", ns.sh(box, "cat /proc/self/uid_map").strip().replaceAll(" +", " "));
    assertEquals(files, ns.sh(box, FILES));
  }
}
