package top.xtlsoft.stoppablecontainer.e2e.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Event;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Node;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** The disk that keeps the file systems. */
@ClusterTest
class DiskE2E {

  private static final String PRESSURE = "DiskPressure";

  @Test
  void reportsAFullDiskAndLosesNothing(TestNamespace ns) {
    assumeTrue(ClusterEnv.get().embedded(), "a small disk is mounted on the embedded node");
    String folder = ApiNames.DEFAULT_HOST_PATH_PREFIX + "/" + ns.name();
    ClusterEnv.get().mountSmallDisk(folder);
    try {
      String box = ns.create(Fixture.of("container.yaml"));
      ns.awaitRunning(box);
      ns.sh(box, "echo kept >/root/file");

      Node node = ns.node(box);

      step("fill the disk");
      Result full = ns.exec(box, "dd", "if=/dev/zero", "of=/big", "bs=4k");
      assertNotEquals(0, full.exit());
      assertTrue(full.err().contains("No space left on device"), full.err());
      ns.stopAndWait(box);
      Condition pressure = pressure(awaitPressure(ns, box, true)).orElseThrow();
      assertEquals("NoSpaceLeft", pressure.getReason());
      Event event = ns.awaitEvent(box, "NoSpaceLeft", e -> "NoSpaceLeft".equals(e.getReason()));
      assertEquals("Warning", event.getType());

      step("it starts on a full disk, and nothing is lost");
      ns.startAndWait(box);
      assertEquals("kept", ns.sh(box, "cat /root/file"));
      ns.sh(box, "rm /big; echo more >>/root/file");
      ns.stopAndWait(box);
      awaitPressure(ns, box, false);
      ns.startAndWait(box);
      assertEquals("kept\nmore", ns.sh(box, "cat /root/file"));
      ns.deleteAndWait(box);
      assertEquals(List.of(folder), node.mountPointsBelow(folder), "the disk itself stays");
    } finally {
      ClusterEnv.get().unmountDisk(folder);
    }
  }

  private static StoppableContainer awaitPressure(TestNamespace ns, String box, boolean there) {
    return TestNamespace.await(
        ns.sc(box),
        there ? "DiskPressure" : "no DiskPressure",
        sc -> sc != null && pressure(sc).isPresent() == there,
        Timeouts.CONDITION);
  }

  private static Optional<Condition> pressure(StoppableContainer sc) {
    return TestNamespace.condition(sc, PRESSURE);
  }
}
