package top.xtlsoft.stoppablecontainer.e2e.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.WhenStopped;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Users who change their mind while a container starts or stops. */
@ClusterTest
class ToggleE2E {

  private static final int TOGGLES = 24;

  /** How far a start or a stop gets before the user changes his mind. */
  private enum Until {
    AT_ONCE,
    TOLD_TO_THE_AGENT,
    THE_POD_COMES_OR_GOES,
    THE_CONTAINER_RUNS_OR_IS_GONE,
    DONE;

    /** A stop that comes before the start is seen leaves the pod that waits as it is. */
    Until ofPark() {
      return switch (this) {
        case THE_POD_COMES_OR_GOES, THE_CONTAINER_RUNS_OR_IS_GONE -> TOLD_TO_THE_AGENT;
        case AT_ONCE, TOLD_TO_THE_AGENT, DONE -> this;
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void theLastWishWinsHoweverQuicklyTheyCome(WhenStopped whenStopped, TestNamespace ns) {
    String seed = Objects.requireNonNullElse(System.getenv("E2E_SEED"), "" + System.nanoTime());
    step("E2E_SEED=%s makes the same wishes again", seed);
    Random random = new Random(Long.parseLong(seed));
    // Each one holds a lock while it lives, and notes that another one has it. The kernel drops the
    // lock of one that is killed, as of one that is stopped before it can set its trap.
    String box =
        ns.create(
            Fixture.of("container.yaml")
                .with(
                    "  running: true\n",
                    whenStopped == WhenStopped.PARK
                        ? "  running: true\n  whenStopped: Park\n"
                        : "  running: true\n")
                .with(
                    "trap 'exit 0' TERM;",
                    "trap 'exit 0' TERM; : >>/alive; scratch lock /alive 2>>/clash &"));
    ns.awaitRunning(box);
    ns.sh(box, "echo precious >/root/file");

    boolean running = true;
    for (int i = 0; i < TOGGLES; i++) {
      running = !running;
      Until until = Until.values()[random.nextInt(Until.values().length)];
      step("%s, until %s", running ? "start" : "stop", until);
      ns.patch(box, "{\"spec\":{\"running\":" + running + "}}");
      await(ns, box, running, running || whenStopped != WhenStopped.PARK ? until : until.ofPark());
    }

    ns.startAndWait(box);
    assertEquals("", ns.sh(box, "cat /clash"), "two of them at once");
    assertEquals("precious", ns.sh(box, "cat /root/file"));
    assertEquals(1, ns.node(box).mountPointsBelow(ns.hostPath(box)).size(), "mounts on the node");
    step("a second one would be noted");
    Result second = ns.exec(box, "timeout", "5", "scratch", "lock", "/alive");
    assertTrue(second.err().contains("temporarily unavailable"), second.toString());
    ns.stopAndWait(box);
    assertEquals(whenStopped == WhenStopped.PARK ? 2 : 1, countPodsAtRest(ns, box));
    reportsWithoutSpam(ns.events(box));
    ns.deleteAndWait(box);
  }

  private static void reportsWithoutSpam(List<Event> events) {
    long different =
        events.stream().map(e -> e.getReason() + ": " + e.getMessage()).distinct().count();
    assertEquals(different, events.size(), "an event that occurs twice is counted");
    assertTrue(events.size() <= 5, () -> "too many events: " + events);
    assertTrue(
        events.stream()
            .anyMatch(e -> "Started".equals(e.getReason()) && e.getSeries().getCount() > 1),
        () -> "no count: " + events);
  }

  /** The provider pod, and the pod that waits for the next start. */
  private static int countPodsAtRest(TestNamespace ns, String box) {
    TestNamespace.await(
        ns.sc(box),
        "no pod in the making",
        sc ->
            TestNamespace.condition(sc, "Parked")
                .filter(c -> !"True".equals(c.getStatus()))
                .isEmpty(),
        Timeouts.RUNNING);
    return ns.podNames().size();
  }

  private static void await(TestNamespace ns, String box, boolean running, Until until) {
    switch (until) {
      case AT_ONCE -> {}
      case TOLD_TO_THE_AGENT ->
          TestNamespace.await(
              ns.sci(box),
              "running: " + running,
              sci -> sci.getSpec().running() == running,
              Timeouts.RUNNING);
      case THE_POD_COMES_OR_GOES ->
          TestNamespace.await(
              ns.pod(box), "there: " + running, pod -> isThere(pod) == running, Timeouts.RUNNING);
      case THE_CONTAINER_RUNS_OR_IS_GONE ->
          TestNamespace.await(
              ns.pod(box),
              running ? "running" : "gone",
              pod -> running ? isThere(pod) && runs(pod) : pod == null,
              Timeouts.RUNNING);
      case DONE ->
          ns.awaitPhase(
              box,
              running ? StoppableContainerPhase.RUNNING : StoppableContainerPhase.STOPPED,
              running ? "True" : "False",
              Timeouts.RUNNING);
    }
  }

  private static boolean isThere(Pod pod) {
    return pod != null && pod.getMetadata().getDeletionTimestamp() == null;
  }

  private static boolean runs(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream()
        .anyMatch(container -> container.getState().getRunning() != null);
  }
}
