package top.xtlsoft.stoppablecontainer.e2e.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.AtOnce;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/**
 * Commands that run before the file system is attached: what an early {@code kubectl exec} writes
 * is kept or fails, and the StoppableContainer is not ready before its files are there. {@code make
 * early-execs ROUNDS=} goes on for longer.
 */
@ClusterTest
@Isolated
@Tag("disruptive")
class EarlyExecE2E {

  private static final int ROUNDS = setting("EARLY_ROUNDS", 3);

  /** How many StoppableContainers each power cut and each late agent meets. */
  private static final int BOXES = setting("EARLY_BOXES", 2);

  /** How long the agent stays away, in seconds, while commands run without it. */
  private static final int LATE = setting("EARLY_LATE", 5);

  /** A folder that the image calls VOLUME, where early processes can write. */
  private static final String VOLUME = "/var/lib/made-by-volume/";

  private static int setting(String name, int otherwise) {
    return Integer.parseInt(System.getenv().getOrDefault(name, Integer.toString(otherwise)));
  }

  /** A round's execs, and which of their writes exited with 0. */
  private static final class Execs {
    private final TestNamespace ns;
    private final String box;
    private final String round;
    private final List<String> written = new ArrayList<>();
    private final List<String> lies = new ArrayList<>();
    private int tries;
    private int refused;

    Execs(TestNamespace ns, String box, String round) {
      this.ns = ns;
      this.box = box;
      this.round = round;
    }

    /** Execs one after the other until the StoppableContainer says that it is ready. */
    void untilReady(Duration timeout) throws InterruptedException {
      Instant end = Instant.now().plus(timeout);
      boolean done = false;
      while (!done && Instant.now().isBefore(end)) {
        boolean ready = isReady();
        done = once() && ready;
        if (ready && !done) {
          lies.add(round + " is ready without its files");
        }
      }
      assertTrue(done, "ready, with its files, within " + timeout);
    }

    /** Whether the files are there. Every second exec writes into the image's VOLUME. */
    private boolean once() {
      String name = round + "-" + tries++;
      String file = (tries % 2 == 0 ? VOLUME : "/root/") + name;
      Result result;
      try {
        result =
            ns.exec(
                box, "sh", "-c", "cat /root/precious; echo x >%s && echo written".formatted(file));
      } catch (KubernetesClientException | AssertionError e) {
        // The API server or kubelet refused the exec, so it wrote nothing.
        refused++;
        return false;
      }
      if (result.out().contains("written")) {
        written.add(file);
      } else if (result.err().contains("Read-only file system")) {
        refused++;
      }
      return result.out().contains("precious");
    }

    private boolean isReady() {
      return TestNamespace.condition(ns.sc(box).get(), "Ready")
          .filter(condition -> condition.getStatus().equals("True"))
          .isPresent();
    }

    void assertNothingLost() {
      String found =
          ns.sh(box, "ls -d /root/%1$s-* %2$s%1$s-* 2>/dev/null; true".formatted(round, VOLUME));
      List<String> lost = written.stream().filter(file -> !found.contains(file)).toList();
      step("%d execs, %d writes, %d refused", tries, written.size(), refused);
      assertEquals(List.of(), lost, "written with exit 0 and not there");
      assertEquals(List.of(), lies);
    }
  }

  private static Fixture withVolume() {
    return Fixture.of("container.yaml").with(TestNamespace.BUSYBOX, TestNamespace.VOLUME);
  }

  private static String running(TestNamespace ns) {
    String box = ns.create(withVolume());
    ns.awaitRunning(box);
    ns.sh(box, "echo precious >/root/precious");
    return box;
  }

  @Test
  void writesBeforeTheAttachFailAndProcessesOfBeforeAreEnded(TestNamespace ns) throws Exception {
    String box = running(ns);
    ns.stopAndWait(box);
    List<CompletableFuture<Result>> left = new ArrayList<>();
    SystemPods.withoutAgents(
        ns.client(),
        () -> {
          ns.start(box);
          awaitPodRunning(ns, box);
          step("write before there is a file system");
          for (String file : List.of("/root/lost", "/lost", "/etc/lost", "/tmp/lost")) {
            Result result = ns.exec(box, "sh", "-c", "echo lost >" + file);
            assertTrue(result.exit() != 0, file);
            assertTrue(result.err().contains("Read-only file system"), result.err());
          }
          assertFalse(isPodReady(ns.getPod(box)));
          left.add(session(ns, box, "cd /root; exec sleep 600"));
          left.add(session(ns, box, "exec /.sc-bin/sc-exec cat /root/precious"));
          left.add(
              session(ns, box, "cd /; sleep 1; while [ ! -e /root/precious ]; do sleep 1; done"));
        });
    ns.awaitRunning(box);
    assertEquals(137, left.get(0).get(60, TimeUnit.SECONDS).exit());
    assertEquals("precious\n", left.get(1).get(60, TimeUnit.SECONDS).out());
    assertEquals(0, left.get(2).get(60, TimeUnit.SECONDS).exit());
    assertEquals("precious", ns.sh(box, "ls /root"));
    String log = SystemPods.log(ns.client(), ApiNames.AGENT_NAME);
    assertTrue(log.contains("Process of the container's first root ended"), log);
    assertEquals(0, ns.restarts(box, "main"));
  }

  private static boolean isPodReady(Pod pod) {
    return pod.getStatus().getConditions().stream()
        .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
  }

  private static CompletableFuture<Result> session(TestNamespace ns, String box, String line) {
    return CompletableFuture.supplyAsync(
        () -> ns.exec(box, "sh", "-c", line), task -> Thread.ofVirtual().start(task));
  }

  @Test
  @AllowsLogs("Early files lost: error=more than 2000 files.*")
  void whatIsWrittenIntoTheImagesVolumeBeforeTheAttachIsKept(TestNamespace ns) throws Exception {
    String box = running(ns);
    ns.sh(box, "echo first >" + VOLUME + "log");
    ns.stopAndWait(box);
    String much =
        ns.create(
            withVolume().with("name: box", "name: much").with("running: true", "running: false"));
    ns.awaitStopped(much);
    String mapped = ns.create(inUserNamespace().with("running: true", "running: false"));
    ns.awaitStopped(mapped);
    List<CompletableFuture<Result>> left = new ArrayList<>();
    SystemPods.withoutAgents(
        ns.client(),
        () -> {
          for (String name : List.of(box, much, mapped)) {
            ns.start(name);
            awaitPodRunning(ns, name);
          }
          String writes =
              "mkdir made && echo early >made/file && echo early >log && echo early >/image/edit";
          assertEquals(0, inVolume(ns, box, writes).exit());
          left.add(session(ns, box, "cd " + VOLUME + "; echo begun >rest; exec sleep 600"));
          assertEquals(0, inVolume(ns, box, "until [ -s rest ]; do sleep 1; done").exit());
          assertEquals(0, inVolume(ns, much, "touch $(seq 2001)").exit());
          assertEquals(0, inVolume(ns, mapped, "echo early >file; chown 1000:2000 file").exit());
        });
    ns.awaitRunning(box);
    assertEquals("early", ns.sh(box, "cat " + VOLUME + "made/file"));
    assertEquals("begun", ns.sh(box, "cat " + VOLUME + "rest"));
    step("files of the earlier run and of the image stay, and the early ones lie beside them");
    assertEquals("first", ns.sh(box, "cat " + VOLUME + "log"));
    assertEquals("early", ns.sh(box, "cat " + VOLUME + ".sc-early/*/log"));
    assertEquals("from the image: edit", ns.sh(box, "cat /image/edit"));
    assertEquals("early", ns.sh(box, "cat /image/.sc-early/*/edit"));
    assertEquals(137, left.getFirst().get(60, TimeUnit.SECONDS).exit());
    ns.awaitEvent(
        box,
        "files beside",
        event ->
            event.getReason().equals("EarlyFilesBeside") && event.getMessage().endsWith(": 2"));
    step("owners are as the user namespace of the pod has them");
    ns.awaitRunning(mapped);
    assertEquals("early", ns.sh(mapped, "cat " + VOLUME + "file"));
    assertEquals("1000:2000", ns.sh(mapped, "stat -c %u:%g " + VOLUME + "file"));
    step("what is too much is not kept, and its user learns it");
    ns.awaitRunning(much);
    ns.awaitEvent(
        much,
        "files lost",
        event -> event.getReason().equals("EarlyFilesLost") && event.getType().equals("Warning"));
  }

  private static Fixture inUserNamespace() {
    return Fixture.of("user-namespace.yaml")
        .with("name: box", "name: mapped")
        .with(TestNamespace.BUSYBOX, TestNamespace.VOLUME);
  }

  private static void awaitPodRunning(TestNamespace ns, String name) {
    TestNamespace.await(
        ns.pod(name),
        "running",
        pod -> pod != null && "Running".equals(pod.getStatus().getPhase()),
        Timeouts.POD);
  }

  private static Result inVolume(TestNamespace ns, String box, String line) {
    return ns.exec(box, "sh", "-c", "cd " + VOLUME + " && " + line);
  }

  @Test
  void whatIsWrittenInTheFirstMomentsOfAStartIsKept(TestNamespace ns) throws Exception {
    String box = running(ns);
    for (int round = 0; round < ROUNDS; round++) {
      ns.stopAndWait(box);
      ns.start(box);
      Execs execs = new Execs(ns, box, "start" + round);
      execs.untilReady(Timeouts.POD);
      execs.assertNothingLost();
    }
  }

  @Test
  @AllowsLogs(".*")
  void whatIsWrittenAfterAPowerCutIsKept(TestNamespace ns) throws Exception {
    assumeTrue(ClusterEnv.get().embedded(), "only the embedded cluster's power cord can be pulled");
    List<String> boxes = runningBoxes(ns);
    for (int round = 0; round < ROUNDS; round++) {
      step("power cut %d", round);
      boxes.forEach(box -> ns.sh(box, "sync"));
      ClusterEnv.get().powerOff();
      ClusterEnv.get().powerOn();
      String boot = "boot" + round;
      AtOnce.each(
          boxes,
          box -> {
            Execs execs = new Execs(ns, box, boot);
            execs.untilReady(Timeouts.BOOT);
            // The status of before the boot is there until the operator is.
            execs.lies.clear();
            execs.assertNothingLost();
          });
    }
    SystemPods.awaitAgents(ns.client());
    SystemPods.awaitOperator(ns.client());
  }

  @Test
  @AllowsLogs(".*")
  void aLateAgentTakesReadinessBackAndNothingIsLost(TestNamespace ns) throws Exception {
    List<String> boxes = runningBoxes(ns);
    for (int round = 0; round < Math.max(1, ROUNDS / 3); round++) {
      step("late agent %d", round);
      String late = "late" + round;
      List<Execs> all = boxes.stream().map(box -> new Execs(ns, box, late)).toList();
      SystemPods.withoutAgents(ns.client(), () -> AtOnce.each(all, execs -> killed(ns, execs)));
      AtOnce.each(
          all,
          execs -> {
            execs.untilReady(Timeouts.BOOT);
            execs.assertNothingLost();
          });
    }
  }

  /** Kills all processes of a container without its agent, and tries to write meanwhile. */
  private static void killed(TestNamespace ns, Execs execs) {
    String box = execs.box;
    String before = SystemPods.containerId(ns.getPod(box));
    ns.exec(box, "sh", "-c", "kill -9 -1; kill -TERM 1");
    SystemPods.awaitContainerGone(ns.client(), ns.getPod(box), before);
    TestNamespace.await(
        ns.sc(box),
        "not ready",
        sc ->
            TestNamespace.condition(sc, "Ready")
                .filter(c -> c.getStatus().equals("False"))
                .isPresent(),
        Timeouts.CONDITION);
    // The pod is not ready either, and stays so.
    TestNamespace.await(ns.pod(box), "not ready", pod -> !isPodReady(pod), Timeouts.CONDITION);
    Instant end = Instant.now().plusSeconds(LATE);
    do {
      assertFalse(execs.once());
      assertFalse(isPodReady(ns.getPod(box)));
    } while (Instant.now().isBefore(end));
    assertTrue(execs.written.stream().allMatch(file -> file.startsWith(VOLUME)));
  }

  private static List<String> runningBoxes(TestNamespace ns) {
    List<String> boxes = new ArrayList<>();
    for (int i = 0; i < BOXES; i++) {
      boxes.add(ns.create(withVolume().with("name: box", "name: box" + i)));
    }
    boxes.forEach(ns::awaitRunning);
    boxes.forEach(box -> ns.sh(box, "echo precious >/root/precious"));
    return boxes;
  }
}
