package top.xtlsoft.stoppablecontainer.e2e.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.AuditLog;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.HostManifest;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;

/** Programs other than sc-exec that ask the node agent, with more rights than usual. */
@ClusterTest
class HostileRequesterE2E {

  private static final String MOUNTS = "cut -d' ' -f4- /proc/self/mountinfo";

  /**
   * Has a program hold a lock on a request of its own making: {@code HOW}, {@code REQUEST}. Prints
   * the answer to it, or "none" if there is none after {@code TRIES} tenths of a second.
   */
  private static final String ASK =
      """
      cd /.sc-request
      echo 'REQUEST' >next
      ln next "kept$(ls | wc -l)" # so that no other one gets its inode number
      : >/tmp/locked # what the last one said is not this one's
      HOW >/tmp/locked 2>&1 &
      while ! grep -q locked /tmp/locked; do usleep 10000; done
      id=$(stat -c %i next)
      mv next request.json
      i=0
      while [ $i -lt TRIES ] && ! grep -q "\\"$id\\." /.sc-ready/ready.json; do usleep 100000; i=$((i + 1)); done
      if grep -q "\\"$id\\." /.sc-ready/ready.json; then cat /.sc-ready/ready.json; else echo none; fi
      kill $(jobs -p) 2>/dev/null; true
      """;

  /** The agent answers in some milliseconds; who waits for none has to wait for all of them. */
  private static final int FEW = 15;

  private static final int MANY = 300;

  private static final String ATTACH = "{\"version\":1,\"type\":\"attach\"}";

  @BeforeEach
  void needsTheNode() {
    assumeTrue(ClusterEnv.get().embedded(), "looks at the node through /proc");
  }

  @Test
  @AllowsLogs("Malformed request ignored")
  void aLockOfAnotherProgramGetsItsOwnContainerAndNoOther(TestNamespace ns) {
    String box = running(ns, "box");
    String neighbour = running(ns, "neighbour");
    HostManifest before = HostManifest.of(ClusterEnv.get(), ns.hostPath(neighbour));
    String mounts = ns.sh(box, MOUNTS);

    for (String how :
        new String[] {
          "scratch lock next",
          "scratch lock-shared next",
          "scratch lock-shared next >/dev/null & scratch lock-shared next"
        }) {
      step("held by: %s", how);
      String answer = ask(ns, box, MANY, how, ATTACH);
      assertTrue(answer.contains("\"ready\""), answer);
    }
    step("a lock of an open file names no process, and the agent attaches none");
    assertEquals("none", ask(ns, box, FEW, "scratch lock-open next", ATTACH));
    step("a request that names another pod's file system");
    for (String more :
        new String[] {
          "\"instance\":\"neighbour\"",
          "\"namespace\":\"%s\",\"name\":\"neighbour\"".formatted(ns.name()),
          "\"path\":\"%s\"".formatted(ns.hostPath(neighbour)),
          "\"pid\":1"
        }) {
      assertEquals(
          "none",
          ask(
              ns,
              box,
              FEW,
              "scratch lock next",
              "{\"version\":1,\"type\":\"attach\",%s}".formatted(more)));
    }
    assertEquals(mounts, ns.sh(box, MOUNTS));
    HostManifest.of(ClusterEnv.get(), ns.hostPath(neighbour)).requireSame(before);
    assertEquals("box", ns.sh(box, "cat /root/file"));
    ns.exec(box, "/.sc-bin/sc-exec", "--request=attach", "--", "true").ok();
    assertEquals(0, ns.restarts(box, "main"));
  }

  @Test
  @AllowsLogs("RequestNotAllowed|MountPointConflict|UnsupportedSnapshotter")
  void oneThatMayMountAndTraceGainsNothingFromTheAgent(TestNamespace ns) {
    String box =
        ns.create(
            Fixture.of("container.yaml")
                .with(
                    "      image:",
                    "      securityContext: {capabilities: {add: [SYS_ADMIN, SYS_PTRACE]}}\n"
                        + "      image:"));
    ns.awaitRunning(box);
    String neighbour = running(ns, "neighbour");
    ns.sh(box, "echo box >/root/file");
    HostManifest before = HostManifest.of(ClusterEnv.get(), ns.hostPath(neighbour));
    String mounts = ns.sh(box, MOUNTS);
    step("it sees no process but its own");
    assertEquals("1", ns.sh(box, "ls -d /proc/[0-9]* | head -1 | tr -dc 0-9"));

    step("it asks from a root of its own, with mounts at places of its choice");
    String own =
        """
        mkdir -p /r && mount -t tmpfs none /r && cd /r
        mkdir old bin proc etc; mkdir .sc-bin .sc-request .sc-ready
        for d in .sc-bin .sc-request .sc-ready proc bin; do mount --rbind /$d $d; done
        for d in "$(printf 'a\\nb /etc c')" '\\\\040/etc' x; do mkdir -p "$d/etc"; mount --bind /root "$d/etc"; done
        ln -s /etc link
        pivot_root . old
        mount -t tmpfs none /x && mkdir -p /x/../x/etc && mount --bind /old/root /x/etc
        /.sc-bin/sc-exec --request=attach -- /bin/busybox cat /root/file
        """;
    String first = ns.exec(box, "unshare", "-m", "sh", "-c", own).toString();
    step("answered: %s", first.replace('\n', ' '));
    HostManifest.of(ClusterEnv.get(), ns.hostPath(neighbour)).requireSame(before);

    step("it covers the agent's folders, and asks again");
    String cover =
        "mount -t tmpfs none /.sc-ready; mount --bind /etc /root;"
            + " timeout 5 /.sc-bin/sc-exec --request=attach -- true; exit 0";
    ns.exec(box, "unshare", "-m", "sh", "-c", cover).ok();
    HostManifest.of(ClusterEnv.get(), ns.hostPath(neighbour)).requireSame(before);
    assertEquals(mounts, ns.sh(box, MOUNTS));
    ns.exec(box, "/.sc-bin/sc-exec", "--request=attach", "--", "true").ok();
    ns.stopAndWait(neighbour);
    ns.deleteAndWait(box);
    ns.startAndWait(neighbour);
    assertEquals("neighbour", ns.sh(neighbour, "cat /root/file"));
  }

  @Test
  @AllowsLogs("RequestNotAllowed|may ask for this")
  void aLoopOfRequestsCostsFewWritesToTheApiServer(TestNamespace ns) {
    String box = running(ns, "box");
    ns.awaitMountReported(box);
    Instant begin = Instant.now();
    String mount = "{\"version\":1,\"type\":\"mount\"}";
    for (int i = 0; i < 15; i++) {
      assertTrue(ask(ns, box, MANY, "scratch lock next", mount).contains("\"refused\""));
      assertTrue(ask(ns, box, MANY, "scratch lock next", ATTACH).contains("\"ready\""));
    }
    step("its last word is reported all the same");
    ns.awaitRunning(box);
    long seconds = Duration.between(begin, Instant.now()).toSeconds();
    List<String> ofAgent = writes(ns, ApiNames.AGENT_NAME, begin);
    List<String> ofOperator = writes(ns, ApiNames.OPERATOR_NAME, begin);
    step("%d and %d writes in %d s", ofAgent.size(), ofOperator.size(), seconds);
    assertTrue(
        ofAgent.stream().noneMatch(line -> line.contains("stoppablecontainerinstances/box/status")),
        ofAgent.toString());
    // The pod's condition: five changes at once, then one in five seconds.
    assertTrue(ofAgent.size() <= 5 + seconds / 5 + 1, ofAgent.toString());
    // Each brings two passes of the operator, of the condition and of kubelet's Ready, and each
    // pass at most two statuses and an event.
    assertTrue(ofOperator.size() <= 6 * ofAgent.size(), ofAgent + " " + ofOperator);
  }

  private static List<String> writes(TestNamespace ns, String program, Instant since) {
    String pod = SystemPods.only(ns.client(), program).getMetadata().getName();
    return AuditLog.writes(pod, since).stream()
        .filter(line -> line.contains("/" + ns.name() + "/"))
        .toList();
  }

  private static String ask(TestNamespace ns, String box, int tries, String how, String request) {
    return ns.sh(
        box, ASK.replace("TRIES", "" + tries).replace("HOW", how).replace("REQUEST", request));
  }

  private static String running(TestNamespace ns, String name) {
    String box = ns.create(Fixture.of("container.yaml").with("name: box", "name: " + name));
    ns.awaitRunning(box);
    ns.sh(box, "echo %s >/root/file".formatted(name));
    return box;
  }
}
