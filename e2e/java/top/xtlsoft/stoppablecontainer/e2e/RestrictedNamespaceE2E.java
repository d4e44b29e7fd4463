package top.xtlsoft.stoppablecontainer.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Restricted;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;

/** A namespace that enforces the restricted Pod Security Standard. */
@ClusterTest
@Restricted
class RestrictedNamespaceE2E {

  @Test
  @Tag("smoke")
  void acceptsBothPodsAndTheWholeLife(TestNamespace ns) {
    step("it does enforce: an ordinary pod is refused");
    Result refused = ns.kubectl("run", "plain", "--image=" + TestNamespace.BUSYBOX);
    assertNotEquals(0, refused.exit());
    assertTrue(refused.err().contains("restricted"), refused.err());

    String box = ns.create(Fixture.of("restricted.yaml"));
    ns.awaitRunning(box);
    assertEquals("uid=1000(dev) gid=1000(dev) groups=1000(dev)", ns.sh(box, "id"));
    step("without any capability");
    assertEquals("0000000000000000", ns.sh(box, "sed -n 's/^CapEff:\\t//p' /proc/1/status"));
    ns.sh(box, "echo mine >~/file; echo edited >>~/welcome; mkdir /data/folder");

    ns.stopAndWait(box);
    ns.startAndWait(box);

    assertEquals("mine", ns.sh(box, "cat /home/dev/file"));
    assertEquals("from the image: home\nedited", ns.sh(box, "cat /home/dev/welcome"));
    step("root's files are still not its own");
    assertEquals(1, ns.exec(box, "sh", "-c", "echo x 2>/dev/null >/etc/passwd").exit());
    ns.deleteAndWait(box);
  }
}
