package top.xtlsoft.stoppablecontainer.e2e.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.HostManifest;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;

/** Mount points that change while something is mounted there, or have names that mislead. */
@ClusterTest
class HostileMountPointE2E {

  private static final int STARTS = 3;
  private static final long SWAP_EVERY_NANOS = 1_000_000;

  @BeforeEach
  void needsTheNode() {
    assumeTrue(ClusterEnv.get().embedded(), "looks at the node through /proc");
  }

  @Test
  @AllowsLogs({"MountPointConflict|something of another kind", "Job failed, retrying"})
  void aMountPointThatIsSwappedAllTheTimeLeadsNowhereElse(TestNamespace ns) throws Exception {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, "echo mine >/root/file; mkdir -p /mnt/swapped /opt/hostile");
    ns.stopAndWait(box);
    mountAt(ns, box, List.of("/mnt/swapped/place", "/mnt/swapped/../swapped/other/place"));
    HostManifest before = HostManifest.of(ClusterEnv.get());
    Path root = Path.of(ClusterEnv.get().nodeRoot() + ns.hostPath(box) + "/rootfs");
    AtomicBoolean done = new AtomicBoolean();
    Thread swapper = Thread.ofPlatform().start(() -> swapUntil(done, root.resolve("mnt/swapped")));
    try {
      for (int i = 0; i < STARTS; i++) {
        ns.startAndWait(box);
        ns.stopAndWait(box);
      }
    } finally {
      done.set(true);
      swapper.join();
    }
    HostManifest.of(ClusterEnv.get()).requireSame(before);
    step("once it is left alone, the mounts are where they belong");
    ns.startAndWait(box);
    assertEquals("2", ns.sh(box, "grep -cE ' /mnt/swapped/(other/)?place ' /proc/self/mountinfo"));
    assertEquals("mine", ns.sh(box, "cat /root/file"));
    ns.deleteAndWait(box);
    HostManifest.of(ClusterEnv.get()).requireSame(before);
  }

  @Test
  void oddNamesOfMountPointsAndFilesAreTakenAsTheyAre(TestNamespace ns) throws IOException {
    List<String> places =
        List.of(
            "/odd/a blank",
            "/odd/two\nlines",
            "/odd/tab\there",
            "/odd/return\rhere",
            "/odd/back\\slash\\040",
            "/odd/ümläut 日本 🚢",
            "/odd/comma,colon=#",
            "/odd/" + "x".repeat(253));
    HostManifest before = HostManifest.of(ClusterEnv.get());
    String box = ns.create(Fixture.of("container.yaml").with("running: true", "running: false"));
    mountAt(ns, box, places);
    ns.startAndWait(box);
    ns.sh(box, "for d in /odd/*; do echo \"$d\" >\"$d/marker\"; mkdir \"/root/${d##*/}\"; done");
    ns.sh(box, "for d in /root/*; do echo \"$d\" >\"$d/$(printf 'n\\nn')\" || exit; done");
    String files = ns.sh(box, "find /root /odd ! -name marker | sort");
    String mounted = "grep -c ' /odd/' /proc/self/mountinfo";
    assertEquals("" + places.size(), ns.sh(box, mounted));
    for (String place : places) {
      ns.exec(box, "test", "-f", place + "/marker").ok();
    }
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals("" + places.size(), ns.sh(box, mounted));
    assertEquals(files, ns.sh(box, "find /root /odd | sort"));
    ns.deleteAndWait(box);
    HostManifest.of(ClusterEnv.get()).requireSame(before);
  }

  private static void mountAt(TestNamespace ns, String box, List<String> paths) throws IOException {
    List<Map<String, String>> mounts = new ArrayList<>();
    paths.forEach(path -> mounts.add(Map.of("name", "mine", "mountPath", path)));
    ns.patch(
        box,
        "{\"spec\":{\"template\":{\"volumes\":[{\"name\":\"mine\",\"emptyDir\":{}}],\"container\":{\"volumeMounts\":%s}}}}"
            .formatted(new ObjectMapper().writeValueAsString(mounts)));
  }

  /** As a process could that has a descriptor of the file system from before. */
  private static void swapUntil(AtomicBoolean done, Path folder) {
    Path aside = folder.resolveSibling("aside");
    Path link = folder.resolveSibling("link");
    List<String> targets =
        List.of("/opt/hostile", "../../../../../../opt/hostile", "/../../opt/hostile");
    for (int i = 0; !done.get(); i++) {
      try {
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, Path.of(targets.get(i % targets.size())));
        Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
        Files.move(link, folder, StandardCopyOption.ATOMIC_MOVE);
        LockSupport.parkNanos(SWAP_EVERY_NANOS);
        Files.delete(folder);
        Files.move(aside, folder, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        // The agent has made a folder where one was missing for a moment: that one is swapped then.
        giveWay(aside, folder);
      }
      LockSupport.parkNanos(SWAP_EVERY_NANOS);
    }
    giveWay(aside, folder);
  }

  private static void giveWay(Path aside, Path folder) {
    try {
      if (Files.isSymbolicLink(folder)) {
        Files.delete(folder);
      }
      if (Files.exists(aside)) {
        Files.move(
            aside,
            Files.exists(folder) ? aside.resolveSibling("made-" + System.nanoTime()) : folder,
            StandardCopyOption.ATOMIC_MOVE);
      }
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
