package top.xtlsoft.stoppablecontainer.e2e.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/**
 * An image with one static program. What it is started with is measured by a plain pod of the same
 * image, not by what we believe the kubelet does.
 */
@ClusterTest
class ScratchImageE2E {

  @Test
  @Tag("node")
  @Tag("smoke")
  void runsTheImagesOwnCommandAsAPlainPodDoes(TestNamespace ns) {
    String one = ns.create(Fixture.of("scratch.yaml"));
    String plain = ns.createPod(Fixture.of("scratch-pod.yaml")).getMetadata().getName();
    ns.awaitRunning(one);

    step("compare what both were started with");
    List<String> facts = facts(ns, one);
    assertEquals(facts(ns, plain), facts);
    assertTrue(
        facts.containsAll(
            List.of(
                "arg=/app/scratch",
                "arg=from entrypoint",
                "arg=from",
                "arg=cmd",
                "env=GREETING=hello world",
                "env=EMPTY=",
                "uid=1000",
                "cwd=/app/work",
                "pid=1",
                "starts=1")),
        facts.toString());

    step("the counter in its working directory goes on after a stop");
    ns.stopAndWait(one);
    ns.startAndWait(one);
    assertTrue(facts(ns, one).contains("starts=2"), facts(ns, one).toString());
  }

  @Test
  void argumentsReplaceTheImagesOwnAsInAPlainPod(TestNamespace ns) {
    String args = "      image: stoppablecontainer-e2e/scratch:1";
    String one =
        ns.create(
            Fixture.of("scratch.yaml")
                .with(args, args + "\n      args: [\"a b\", \"$(GREETING)\"]"));
    Fixture pod =
        Fixture.of("scratch-pod.yaml")
            .with(args, args + "\n      args: [\"a b\", \"$(GREETING)\"]");
    String plain = ns.createPod(pod).getMetadata().getName();
    ns.awaitRunning(one);

    List<String> facts = facts(ns, one);
    assertEquals(facts(ns, plain), facts);
    assertTrue(facts.containsAll(List.of("arg=from entrypoint", "arg=a b")), facts.toString());
  }

  @Test
  void scExecRunsItsProgram(TestNamespace ns) {
    String one = ns.create(Fixture.of("scratch.yaml"));
    ns.awaitRunning(one);

    ns.kubectl("exec", one, "--", "/.sc-bin/sc-exec", "/app/scratch", "exit", "42").exits(42);
    step("found by the image's PATH, which has no shell's");
    ns.kubectl("exec", one, "--", "/.sc-bin/sc-exec", "scratch", "exit", "3").exits(3);
    ns.kubectl("exec", one, "--", "/.sc-bin/sc-exec", "sh").exits(127);
  }

  /** What the program prints of its last start, except for what differs in each pod. */
  private static List<String> facts(TestNamespace ns, String pod) {
    return Awaitility.await("the log has the last of them")
        .atMost(Timeouts.CONDITION)
        .until(() -> ns.pod(pod).getLog(), log -> log.contains("\nstarts="))
        .lines()
        .filter(line -> !line.startsWith("env=HOSTNAME="))
        .sorted()
        .toList();
  }
}
