package top.xtlsoft.stoppablecontainer.e2e.install;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Figures;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.HostManifest;
import top.xtlsoft.stoppablecontainer.e2e.support.NodeProcesses;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Agents of one version after those of another. Alone: all other tests would notice. */
@ClusterTest
@Isolated
@Tag("disruptive")
class UpgradeE2E {

  /** Counts into a file that it opens once. */
  private static final String COUNT =
      "exec 3>>/var/log/count; i=0; while :; do i=$((i + 1)); echo $i >&3; usleep 10000; done";

  @BeforeEach
  void embedded() {
    assumeTrue(ClusterEnv.get().embedded(), "images and folders of the embedded node are changed");
  }

  @Test
  void containersNeverNoticeThatAgentsAreUpgraded(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml").with("sleep 86400 & wait", COUNT));
    ns.awaitRunning(box);
    long process = firstProcess(ns, box);
    int before = count(ns, box);

    long begin = System.nanoTime();
    SystemPods.withOtherAgentImage(
        ns.client(),
        () -> {
          Figures.since(begin, "agents rolled to another image: all ready");
          assertEquals(process, firstProcess(ns, box), "the process of before");
          step("exec, stop and start by the new agent");
          ns.sh(box, "true");
        });

    assertEquals(process, firstProcess(ns, box), "the process of before");
    assertEquals(0, ns.restarts(box, "main"));
    int after = count(ns, box);
    assertTrue(after > before, "it went on: " + before + ", " + after);
    List<String> lines = ns.sh(box, "head -n " + after + " /var/log/count").lines().toList();
    assertEquals(
        IntStream.rangeClosed(1, after).mapToObj(Integer::toString).toList(),
        lines,
        "every line it wrote");
    Figures.note("... and lines lost of " + after + " that a container wrote meanwhile", "0");
    ns.stopAndWait(box);
    ns.startAndWait(box);
  }

  @Test
  @AllowsLogs("UnsupportedFormat")
  void refusesAFormatThatItDoesNotKnowAndTouchesNothing(TestNamespace ns) throws Exception {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, "echo precious >/root/file");
    ns.stopAndWait(box);

    step("as a newer agent leaves it");
    Path folder = ClusterEnv.get().nodeRoot().resolve(ns.hostPath(box).substring(1));
    Path record = folder.resolve("instance.json");
    String known = Files.readString(record);
    Files.writeString(record, known.replace("\"version\":1", "\"version\":9"));
    HostManifest before = HostManifest.ofFolder(folder);

    ns.start(box);
    Condition ready = ns.awaitNotReady(box, "UnsupportedFormat", Timeouts.CONDITION);
    assertTrue(ready.getMessage().contains("newer version"), ready.getMessage());
    ns.stopAndWait(box);
    HostManifest.ofFolder(folder).requireSame(before);

    step("as it was");
    Files.writeString(record, known);
    ns.startAndWait(box);
    assertEquals("precious", ns.sh(box, "cat /root/file"));
  }

  private static long firstProcess(TestNamespace ns, String box) {
    return NodeProcesses.pid(SystemPods.containerId(ns.getPod(box)));
  }

  private static int count(TestNamespace ns, String box) {
    return Integer.parseInt(ns.sh(box, "wc -l </var/log/count"));
  }
}
