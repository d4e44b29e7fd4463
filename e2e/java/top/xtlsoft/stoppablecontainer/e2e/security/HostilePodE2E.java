package top.xtlsoft.stoppablecontainer.e2e.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.HostManifest;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/**
 * Root in a consumer, who tries to become root on the node. After each test nothing of the node has
 * changed, and, as after all tests, no agent was started again.
 */
@ClusterTest
class HostilePodE2E {

  private static final String IGNORED = "Malformed request ignored";
  private static final List<String> KINDS =
      List.of(
          "absolute",
          "relative",
          "ready",
          "proc",
          "zero",
          "self",
          "dangling",
          "fifo",
          "socket",
          "device",
          "disk",
          "folder",
          "huge",
          "sparse",
          "empty",
          "garbage",
          "deep",
          "closed",
          "setuid",
          "newlines");

  private static final int LOOP_SECONDS = 10;

  @BeforeEach
  void needsTheNode() {
    assumeTrue(ClusterEnv.get().embedded(), "looks at the node through /proc");
  }

  @Test
  @AllowsLogs(IGNORED)
  void symlinksFifosAndDirectoriesAsRequestAreIgnored(TestNamespace ns) {
    String box = running(ns, "box");
    String neighbour = running(ns, "neighbour");
    HostManifest before = HostManifest.of(ClusterEnv.get(), ns.hostPath(neighbour));
    String answer = ns.sh(box, "stat -c '%i %Y %s' /.sc-ready/ready.json; cat /.sc-ready/*");
    copyScript(ns, box);

    for (String kind : KINDS) {
      step("plant %s", kind);
      ns.sh(box, "sh /root/hostile " + kind);
      assertEquals(
          answer, ns.sh(box, "stat -c '%i %Y %s' /.sc-ready/ready.json; cat /.sc-ready/*"), kind);
    }
    step("a neighbour is served all the same");
    ns.stopAndWait(neighbour);
    HostManifest.of(ClusterEnv.get(), ns.hostPath(neighbour)).requireSame(before);
    ns.startAndWait(neighbour);
    step("and so is the pod itself, once it asks as it should");
    ns.sh(box, "rm -rf /.sc-request/*");
    assertEquals(
        "fine", ns.exec(box, "/.sc-bin/sc-exec", "--request=attach", "--", "echo", "fine").ok());
    assertEquals(0, ns.restarts(box, "main"));
  }

  @Test
  @AllowsLogs({IGNORED, "holds the lock of another pod's request"})
  void keepsServingOtherPodsWhileOnePodChangesItsRequestsConstantly(TestNamespace ns) {
    String box = running(ns, "box");
    HostManifest before = HostManifest.of(ClusterEnv.get());
    copyScript(ns, box);

    step("swap files, links, devices and folders for %d s", LOOP_SECONDS);
    CompletableFuture<String> rounds =
        CompletableFuture.supplyAsync(() -> ns.sh(box, "sh /root/hostile loop " + LOOP_SECONDS));
    CompletableFuture<Void> asks =
        CompletableFuture.runAsync(
            () ->
                ns.sh(
                    box,
                    "i=0; while [ $i -lt 40 ]; do timeout 1 /.sc-bin/sc-exec --request=attach --"
                        + " true; i=$((i+1)); done 2>/dev/null; true"));
    String neighbour = running(ns, "neighbour");
    ns.stopAndWait(neighbour);
    ns.deleteAndWait(neighbour);
    assertTrue(Integer.parseInt(rounds.join()) > 3, rounds.join());
    asks.join();

    HostManifest.of(ClusterEnv.get()).requireSame(before);
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals("mine", ns.sh(box, "cat /root/file"));
  }

  @Test
  @AllowsLogs("RequestNotAllowed|may ask for this")
  void aConsumerMayNotAskForWhatIsTheProviders(TestNamespace ns) {
    String box = running(ns, "box");
    Result refused = ns.exec(box, "/.sc-bin/sc-exec", "--request=mount", "--", "true").exits(125);
    assertTrue(refused.err().contains("only the pod box-provider may ask for this"), refused.err());
    step("and is given its own again");
    ns.exec(box, "/.sc-bin/sc-exec", "--request=attach", "--", "true").ok();
    ns.awaitRunning(box);
  }

  @Test
  void theAnswerIsNotThePodsToWrite(TestNamespace ns) {
    String box = running(ns, "box");
    for (String line :
        List.of(
            "echo forged >/.sc-ready/ready.json",
            "rm -f /.sc-ready/ready.json",
            "mkdir /.sc-ready/.ready.json.new",
            "ln -s /etc/shadow /.sc-ready/.ready.json.new",
            "chmod 0777 /.sc-ready",
            "echo forged >/.sc-bin/sc-exec",
            "mount -o remount,rw /.sc-ready",
            "umount /.sc-ready",
            "mount -t tmpfs none /.sc-ready",
            "unshare -m true")) {
      Result result = ns.exec(box, "sh", "-c", line + " 2>&1");
      assertNotEquals(0, result.exit(), line);
    }
  }

  @Test
  @AllowsLogs("RequestNotAllowed|another root than its container")
  void aProcessThatChangedItsRootIsNotAttached(TestNamespace ns) {
    String box = running(ns, "box");
    String mounts = ns.sh(box, "cut -d' ' -f4- /proc/self/mountinfo");
    // Both are on the request's file system, so that the locked file can be moved to its place.
    for (String root : List.of("/.sc-request", "/.sc-request/below")) {
      step("a request from a process whose root is %s", root);
      String asks =
          "cd /.sc-request; rm -rf ./*; mkdir -p R/.sc-request R/.sc-ready;"
              + " cp /.sc-bin/sc-exec R/;"
              + " chroot R /sc-exec --request=attach -- /none >/dev/null 2>&1 & asks=$!;"
              + " while [ ! -e R/.sc-request/request.json ]; do usleep 10000; done;"
              + " mv R/.sc-request/request.json /.sc-request/request.json;"
              + " i=0; while [ $i -lt 3000 ] && ! grep -q refused /.sc-ready/ready.json;"
              + " do usleep 10000; i=$((i + 1)); done; kill -9 $asks; cat /.sc-ready/ready.json";
      String answer =
          ns.sh(box, asks.replace("R/", root + "/").replace("chroot R", "chroot " + root));
      assertTrue(answer.contains("another root than its container"), answer);
      assertEquals(mounts, ns.sh(box, "cut -d' ' -f4- /proc/self/mountinfo"));
      ns.exec(box, "/.sc-bin/sc-exec", "--request=attach", "--", "true").ok();
    }
    ns.awaitRunning(box);
  }

  @Test
  @AllowsLogs("UnsupportedUserNamespace|user namespace")
  void aProcessInNamespacesOfItsOwnIsNotAttached(TestNamespace ns) {
    String box = running(ns, "box");
    HostManifest before = HostManifest.of(ClusterEnv.get());
    String own =
        "mkdir -p /tmp/r; unshare -Urm sh -c 'mount -t tmpfs none /tmp/r; cd /tmp/r;"
            + " for d in .sc-bin .sc-request .sc-ready proc; do mkdir $d; mount --rbind /$d $d; done;"
            + " chroot . /.sc-bin/sc-exec --request=attach -- /.sc-bin/pause -v'";
    Result made = ns.exec(box, "unshare", "-Urm", "true");
    assumeTrue(made.exit() == 0, "the node lets pods make no user namespaces");

    Result refused = ns.exec(box, "sh", "-c", own).exits(125);
    assertTrue(refused.err().contains("user namespace"), refused.err());
    HostManifest.of(ClusterEnv.get()).requireSame(before);
    ns.exec(box, "/.sc-bin/sc-exec", "--request=attach", "--", "true").ok();
    ns.awaitRunning(box);
  }

  @Test
  void linksInTheFileSystemDoNotLeadMountsOut(TestNamespace ns) {
    String box = running(ns, "box");
    step("plant links where the next start is going to mount");
    ns.sh(
        box,
        "ln -s /../../../../../../etc /absolute; ln -s ../../../../../../etc /relative;"
            + " ln -s /nowhere/../../../../made/deep /dangling; ln -s /absolute/../etc /chain");
    ns.stopAndWait(box);
    HostManifest before = HostManifest.of(ClusterEnv.get());
    mountAt(
        ns,
        box,
        "/absolute/hostile",
        "/relative/hostile2",
        "/dangling/hostile3",
        "/chain/hostile4");
    ns.startAndWait(box);

    HostManifest.of(ClusterEnv.get()).requireSame(before);
    for (String place :
        List.of(
            "/etc/hostile",
            "/etc/hostile2",
            "/made/deep/hostile3",
            "/etc/hostile4",
            "/etc/hosts")) {
      ns.sh(box, "grep -q ' %s ' /proc/self/mountinfo".formatted(place));
    }
    assertEquals("mine", ns.sh(box, "cat /root/file"));
    ns.deleteAndWait(box);
    HostManifest.of(ClusterEnv.get()).requireSame(before);
  }

  @Test
  @AllowsLogs("MountPointConflict|something of another kind")
  void reportsCircularLinksAndLeavesNothingHalfDone(TestNamespace ns) {
    String box = running(ns, "box");
    ns.sh(box, "ln -s /circle2 /circle; ln -s /circle /circle2");
    ns.stopAndWait(box);
    HostManifest before = HostManifest.of(ClusterEnv.get());
    mountAt(ns, box, "/circle/hostile");
    ns.start(box);

    Condition ready = ns.awaitNotReady(box, "MountPointConflict", Timeouts.CONDITION);
    assertTrue(ready.getMessage().contains("/circle/hostile"), ready.getMessage());
    HostManifest.of(ClusterEnv.get()).requireSame(before);
    step("without that mount it starts on its files");
    ns.stopAndWait(box);
    ns.patch(box, "{\"spec\":{\"template\":{\"container\":{\"volumeMounts\":null}}}}");
    ns.startAndWait(box);
    assertEquals("mine", ns.sh(box, "cat /root/file"));
  }

  @Test
  void linksAtTheMountPointsOfEveryPodDoNotLeadOut(TestNamespace ns) throws IOException {
    String box = running(ns, "box");
    String neighbour = running(ns, "neighbour");
    Path root = Path.of(ClusterEnv.get().nodeRoot() + ns.hostPath(box) + "/rootfs");
    ns.sh(box, "cp -a /etc /usr-etc");
    ns.stopAndWait(box);
    HostManifest before = HostManifest.of(ClusterEnv.get(), ns.hostPath(neighbour));

    step("links at /dev, /sys, /.sc-... of the stopped file system, as no pod could leave them");
    Map<String, String> links =
        Map.of(
            "dev", "/../../../../planted/dev",
            "sys", "../../../../../planted/sys",
            ".sc-bin", "/planted/../planted/bin",
            ".sc-request", "../../../image",
            ".sc-ready", "/planted/ready/");
    for (Map.Entry<String, String> link : links.entrySet()) {
      Path place = root.resolve(link.getKey());
      Files.delete(place);
      Files.createSymbolicLink(place, Path.of(link.getValue()));
    }
    for (String name : List.of("passwd", "group", "hosts", "hostname", "resolv.conf", "mtab")) {
      Files.deleteIfExists(root.resolve("etc/" + name));
    }
    Files.delete(root.resolve("etc"));
    Files.createSymbolicLink(root.resolve("etc"), Path.of("../../../../usr-etc"));
    ns.startAndWait(box);
    HostManifest.of(ClusterEnv.get(), ns.hostPath(neighbour)).requireSame(before);
    for (String place :
        List.of("/planted/dev", "/planted/sys", "/planted/bin", "/image", "/usr-etc/hosts")) {
      ns.sh(box, "grep -q ' %s ' /proc/self/mountinfo".formatted(place));
    }
    assertFalse(Files.exists(Path.of(ClusterEnv.get().nodeRoot() + "/planted")));
    ns.deleteAndWait(box);
    HostManifest.of(ClusterEnv.get(), ns.hostPath(neighbour)).requireSame(before);
  }

  private static String running(TestNamespace ns, String name) {
    String box = ns.create(Fixture.of("container.yaml").with("name: box", "name: " + name));
    ns.awaitRunning(box);
    ns.sh(box, "echo mine >/root/file");
    return box;
  }

  private static void mountAt(TestNamespace ns, String box, String... paths) {
    String mounts =
        String.join(
            ",",
            List.of(paths).stream()
                .map(path -> "{\"name\":\"mine\",\"mountPath\":\"%s\"}".formatted(path))
                .toList());
    ns.patch(
        box,
        ("{\"spec\":{\"template\":{\"volumes\":[{\"name\":\"mine\",\"emptyDir\":{}}],"
                + "\"container\":{\"volumeMounts\":[%s]}}}}")
            .formatted(mounts));
  }

  /** As an argument: input can be lost. */
  private static void copyScript(TestNamespace ns, String box) {
    ns.exec(
            box,
            "sh",
            "-c",
            "printf %s \"$1\" >/root/hostile",
            "sh",
            Fixture.of("hostile-requests.sh").text())
        .ok();
  }
}
