package top.xtlsoft.stoppablecontainer.e2e.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.RestorePhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Node;
import top.xtlsoft.stoppablecontainer.e2e.support.Restores;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.Snapshots;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Snapshots, clones and restores of containers with a size. */
@ClusterTest
@Isolated
@Tag("disruptive")
class SizedSnapshotE2E {

  private static final long MIB = 1 << 20;

  private static final String WITH_SIZE = "running: true\n  storage: {size: 96Mi}";

  private static String manifest(TestNamespace ns, String pod) {
    return ns.sh(pod, Fixture.of("manifest.sh").text());
  }

  private static Fixture clone(String name, String snapshot) {
    return Fixture.of("clone.yaml")
        .with("name: copy", "name: " + name)
        .with("snapshotName: before", "snapshotName: " + snapshot);
  }

  private static void assertSizeHolds(TestNamespace ns, String pod) {
    Result full = ns.exec(pod, "dd", "if=/dev/zero", "of=/big", "bs=64k");
    assertNotEquals(0, full.exit());
    assertTrue(full.err().contains("No space left on device"), full.err());
    ns.sh(pod, "rm /big");
  }

  private static String layerFolder(TestNamespace ns) {
    return ApiNames.DEFAULT_HOST_PATH_PREFIX + "/.layers/" + ns.name();
  }

  /** Files of the namespace that loop devices show; on another machine they can't be seen. */
  private static List<String> loopFiles(TestNamespace ns) {
    if (!ClusterEnv.get().embedded()) {
      return List.of();
    }
    try (Stream<Path> devices = Files.list(Path.of("/sys/block"))) {
      return devices
          .map(device -> file(device.resolve("loop/backing_file")))
          .filter(file -> file.contains("/" + ns.name() + "/"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String file(Path attribute) {
    try {
      return Files.readString(attribute);
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  @Tag("node")
  void isKeptClonedAndRestoredAndHoldsItsSize(TestNamespace ns) {
    SystemPods.withPrivilegedAgents(
        ns.client(),
        () -> {
          String files = keep(ns);
          cloneIt(ns, files);
          restore(ns, files);
          cloneIntoASize(ns);
          removeAll(ns);
        });
  }

  /** Facts of the files that are kept. */
  private static String keep(TestNamespace ns) {
    ns.create(Fixture.of("sized.yaml"));
    ns.awaitRunning("box");
    ns.sh("box", Fixture.of("changes.sh").text());
    String files = manifest(ns, "box");
    ns.stopAndWait("box");
    Snapshots.take(ns, Fixture.of("snapshot.yaml"));
    StoppableContainerSnapshot before = Snapshots.awaitReady(ns, "before");
    assertEquals(1, before.getStatus().layers());
    assertEquals(
        List.of("disk.img"),
        ns.node("box").list(layerFolder(ns) + "/" + before.getMetadata().getUid()));
    TestNamespace.await(
        Snapshots.of(ns, "before"),
        "less than the size of the container",
        found -> found.getStatus().bytes() != null && found.getStatus().bytes() < 64 * MIB,
        Timeouts.POD);

    step("the source goes on, and its size holds");
    ns.startAndWait("box");
    assertEquals(files, manifest(ns, "box"), "a snapshot changes nothing");
    assertSizeHolds(ns, "box");
    ns.sh("box", "rm -r /data; echo changed >/image/edit; chmod 700 /image");
    return files;
  }

  private static void cloneIt(TestNamespace ns, String files) {
    step("clones have its files, with a size and without");
    ns.create(clone("copy", "before"));
    ns.create(clone("sized-copy", "before").with("running: true", WITH_SIZE));
    ns.awaitRunning("copy");
    ns.awaitRunning("sized-copy");
    assertEquals(files, manifest(ns, "copy"));
    assertEquals(files, manifest(ns, "sized-copy"));
    assertEquals("new\ndeep", ns.sh("copy", "cat /data/new /data/deep/er/file"));
    assertSizeHolds(ns, "sized-copy");
    ns.sh("copy", "echo of the clone >/image/edit");
    assertEquals("changed", ns.sh("box", "cat /image/edit"), "they are apart");
    if (ClusterEnv.get().embedded()) {
      assertEquals(
          1,
          loopFiles(ns).stream().filter(file -> file.contains("/.layers/")).count(),
          "all share one device of the layer");
    }
  }

  private static void restore(TestNamespace ns, String files) {
    step("another agent restores it");
    SystemPods.deleteAgents(ns.client());
    SystemPods.awaitAgents(ns.client());
    ns.stopAndWait("box");
    Restores.order(ns, Fixture.of("restore.yaml"));
    Restores.await(ns, "back", RestorePhase.RESTORED);
    ns.startAndWait("box");
    assertEquals(files, manifest(ns, "box"));
    assertSizeHolds(ns, "box");

    step("and undoes it");
    ns.stopAndWait("box");
    Restores.order(
        ns,
        Fixture.of("restore.yaml")
            .with("name: back", "name: undo")
            .with("snapshotName: before", "snapshotName: back-before"));
    Restores.await(ns, "undo", RestorePhase.RESTORED);
    ns.startAndWait("box");
    assertEquals("changed", ns.sh("box", "cat /image/edit"));
  }

  private static void cloneIntoASize(TestNamespace ns) {
    step("what has no size is cloned into a size");
    ns.stopAndWait("copy");
    Snapshots.take(
        ns,
        Fixture.of("snapshot.yaml")
            .with("name: before", "name: of-copy")
            .with("name: box", "name: copy"));
    Snapshots.awaitReady(ns, "of-copy");
    ns.create(clone("third", "of-copy").with("running: true", WITH_SIZE));
    ns.awaitRunning("third");
    assertEquals("of the clone", ns.sh("third", "cat /image/edit"));
    assertSizeHolds(ns, "third");
  }

  private static void removeAll(TestNamespace ns) {
    step("a layer goes with the last that lies on it, and no device is left");
    Node node = ns.node("box");
    ns.kubectl("delete", "screstore", "back", "undo").ok();
    TestNamespace.awaitGone(Snapshots.of(ns, "back-before"), Timeouts.GONE);
    TestNamespace.awaitGone(Snapshots.of(ns, "undo-before"), Timeouts.GONE);
    Snapshots.delete(ns, "before");
    Snapshots.delete(ns, "of-copy");
    ns.deleteAndWait("box");
    ns.deleteAndWait("copy");
    ns.deleteAndWait("third");
    ns.stopAndWait("sized-copy");
    ns.startAndWait("sized-copy");
    assertEquals("new\ndeep", ns.sh("sized-copy", "cat /data/new /data/deep/er/file"));
    assertEquals(1, node.list(layerFolder(ns)).size());
    ns.deleteAndWait("sized-copy");
    Awaitility.await("no layer left")
        .atMost(Timeouts.GONE)
        .until(() -> node.list(layerFolder(ns)).isEmpty());
    Awaitility.await("no device left").atMost(Timeouts.GONE).until(() -> loopFiles(ns).isEmpty());
    assertEquals(List.of(), node.mountPointsBelow(layerFolder(ns)));
  }
}
