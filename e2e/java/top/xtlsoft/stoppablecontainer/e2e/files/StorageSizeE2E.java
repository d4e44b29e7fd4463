package top.xtlsoft.stoppablecontainer.e2e.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Node;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** File systems with a size. */
@ClusterTest
@Isolated
@Tag("disruptive")
class StorageSizeE2E {

  private static final long MIB = 1 << 20;

  private static String device(TestNamespace ns, Node node) {
    String disk = ns.hostPath("box") + "/disk";
    return node.mountTable()
        .lines()
        .filter(line -> line.split(" ", 6)[4].equals(disk))
        .map(line -> line.replaceFirst(".* - ext4 /dev/", "").replaceFirst(" .*", ""))
        .findFirst()
        .orElseThrow();
  }

  private static boolean isAttached(Node node, String device) {
    return node.exists("/sys/block/" + device + "/loop/backing_file");
  }

  private static String ofDevice(String device, String attribute) {
    try {
      return Files.readString(Path.of("/sys/block", device, "loop", attribute)).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void awaitSize(TestNamespace ns, long bytes) {
    TestNamespace.await(
        ns.sci("box"),
        "a file system of " + bytes + " bytes",
        sci ->
            sci != null
                && Optional.ofNullable(sci.getStatus().agent())
                    .map(AgentReport::mount)
                    .map(AgentReport.Mount::sizeBytes)
                    .filter(size -> size == bytes)
                    .isPresent(),
        Timeouts.CONDITION);
  }

  /** A machine that is a container may lack the right, which no pod on it can have then. */
  private static boolean canGrow() {
    if (!ClusterEnv.get().embedded()) {
      return true;
    }
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("CapEff:"))
          .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) >> 24 & 1) == 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void awaitRefusal(TestNamespace ns) {
    TestNamespace.await(
        ns.sc("box"),
        "Ready, with the reason why it does not grow",
        sc ->
            sc != null
                && TestNamespace.condition(sc, "Ready")
                    .filter(ready -> "True".equals(ready.getStatus()))
                    .filter(ready -> ready.getMessage().contains("lacks CAP_SYS_RESOURCE"))
                    .isPresent(),
        Timeouts.CONDITION);
  }

  private static void resize(TestNamespace ns, String size) {
    ns.patch("box", "{\"spec\":{\"storage\":{\"size\":\"" + size + "\"}}}");
  }

  private static void assertFull(TestNamespace ns) {
    Result full = ns.exec("box", "dd", "if=/dev/zero", "of=/big", "bs=64k");
    assertNotEquals(0, full.exit());
    assertTrue(full.err().contains("No space left on device"), full.err());
  }

  private static void assertRefused(TestNamespace ns, String patch, String why) {
    Result refused =
        ns.kubectl("patch", "stoppablecontainer/box", "--type=merge", "--patch", patch);
    assertNotEquals(0, refused.exit());
    assertTrue(refused.err().contains(why), refused.err());
  }

  @Test
  @Tag("node")
  @AllowsLogs(
      "Job refused, retrying: reason=StorageSizeUnsupported error=the agent may not enlarge")
  void holdsToTheByteKeepsItsFilesAndGrowsWhileItRuns(TestNamespace ns) {
    SystemPods.withPrivilegedAgents(ns.client(), () -> useSize(ns));
  }

  private static void useSize(TestNamespace ns) {
    ns.create(Fixture.of("sized.yaml"));
    ns.awaitRunning("box");
    awaitSize(ns, 128 * MIB);
    Node node = ns.node("box");
    String image = ns.hostPath("box") + "/disk.img";
    String device = device(ns, node);
    assertEquals(128 * MIB, node.sizeBytes(image));
    assertTrue(isAttached(node, device));
    if (ClusterEnv.get().embedded()) {
      assertEquals("1", ofDevice(device, "dio"), "it goes past the page cache");
    }
    assertFalse(ns.sh("box", "grep ' / ' /proc/mounts").contains("nosuid"), "set-id bits work");

    step("the disk ends where its size ends");
    ns.sh(
        "box",
        "echo kept >/root/file && truncate -s 1099511627776 /sparse && ln -s file /root/link");
    assertFull(ns);
    assertEquals(128 * MIB, node.sizeBytes(image));

    step("it is full at its next start, and nothing is lost");
    ns.stopAndWait("box");
    TestNamespace.await(
        ns.sc("box"),
        "DiskPressure",
        sc -> sc != null && TestNamespace.condition(sc, "DiskPressure").isPresent(),
        Timeouts.CONDITION);
    ns.startAndWait("box");
    assertEquals("kept", ns.sh("box", "cat /root/link"));
    assertEquals("1099511627776", ns.sh("box", "stat -c %s /sparse"));

    resize(ns, "256Mi");
    if (canGrow()) {
      step("it grows while it runs");
      awaitSize(ns, 256 * MIB);
      ns.sh("box", "dd if=/dev/zero of=/more bs=1M count=100");
      assertFull(ns);
      ns.sh("box", "rm /more");
    } else {
      step("what does not let it grow is said, and it goes on as it is");
      awaitRefusal(ns);
      awaitSize(ns, 128 * MIB);
    }
    assertEquals(0, ns.restarts("box", "main"), "restarts of the container");
    ns.sh("box", "rm /big /sparse");

    step("it never shrinks, and keeps being a disk");
    assertRefused(ns, "{\"spec\":{\"storage\":{\"size\":\"200Mi\"}}}", "can grow and never shrink");
    assertRefused(ns, "{\"spec\":{\"storage\":null}}", "can't be set or removed later");

    step("another agent goes on with it");
    SystemPods.deleteAgents(ns.client());
    SystemPods.awaitAgents(ns.client());
    if (canGrow()) {
      resize(ns, "320Mi");
      awaitSize(ns, 320 * MIB);
    }
    ns.stopAndWait("box");
    ns.startAndWait("box");
    assertEquals("kept", ns.sh("box", "cat /root/link"));
    assertEquals(device, device(ns, node));

    step("nothing is left of it");
    ns.deleteAndWait("box");
    Awaitility.await().atMost(Timeouts.CONDITION).until(() -> !isAttached(node, device));
    assertFalse(node.exists(image));
  }

  @Test
  @AllowsLogs("Request refused: reason=StorageSizeUnsupported")
  void isRefusedByAnAgentThatMayOpenNoLoopDevice(TestNamespace ns) {
    assumeTrue(ClusterEnv.get().embedded(), "the agents there are not privileged");
    ns.create(Fixture.of("sized.yaml"));
    String message =
        ns.awaitNotReady("box", "StorageSizeUnsupported", Timeouts.CONDITION).getMessage();
    assertTrue(message.contains("agent.privileged"), message);
    assertEquals(List.of("instance.json"), ns.node("box").list(ns.hostPath("box")));
    ns.deleteAndWait("box");
  }
}
