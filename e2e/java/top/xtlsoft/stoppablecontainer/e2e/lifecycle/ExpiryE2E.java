package top.xtlsoft.stoppablecontainer.e2e.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Node;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Containers that are deleted because they stay stopped. */
@ClusterTest
class ExpiryE2E {

  private static final String KEEP = "stoppablecontainer.xtlsoft.top/keep";

  private static String stopped(TestNamespace ns, String time) {
    String box =
        ns.create(
            Fixture.of("container.yaml")
                .with(
                    "  running: true\n", "  running: true\n  deleteAfterStopped: " + time + "\n"));
    ns.awaitRunning(box);
    assertNull(ns.status(box).expiresAt(), "it runs");
    ns.stopAndWait(box);
    return box;
  }

  private static StoppableContainer awaitWarned(TestNamespace ns, String box) {
    return TestNamespace.await(
        ns.sc(box), "warned", sc -> sc.getStatus().expiryWarnedAt() != null, Timeouts.CONDITION);
  }

  private static void set(TestNamespace ns, String box, String time) {
    ns.patch(box, "{\"spec\":{\"deleteAfterStopped\":\"" + time + "\"}}");
  }

  @Test
  void deletesWhatStaysStoppedAfterAWarning(TestNamespace ns) {
    String box = stopped(ns, "30s");
    Node node = ns.node(box);
    String folder = ns.hostPath(box);
    StoppableContainerStatus status = ns.status(box);
    assertEquals(
        Instant.parse(status.since()).plus(Duration.ofSeconds(30)),
        Instant.parse(status.expiresAt()));
    assertTrue(
        ns.kubectl("describe", "stoppablecontainer", box).out().contains(status.expiresAt()));

    StoppableContainerStatus warned = awaitWarned(ns, box).getStatus();
    assertFalse(
        Instant.parse(warned.expiresAt())
            .isBefore(Instant.parse(warned.expiryWarnedAt()).plus(Duration.ofSeconds(3))));
    Event event = ns.awaitEvent(box, "the warning", e -> "Expires".equals(e.getReason()));
    assertEquals("Warning", event.getType());
    assertTrue(event.getMessage().contains(warned.expiresAt()), event.getMessage());
    TestNamespace.awaitGone(ns.sc(box), Timeouts.GONE);
    assertFalse(node.exists(folder));
  }

  @Test
  void theAnnotationOrAStartKeepsIt(TestNamespace ns) {
    String box = stopped(ns, "720h");
    ns.kubectl("annotate", "stoppablecontainer", box, KEEP + "=true").ok();
    TestNamespace.await(
        ns.sc(box), "kept", sc -> sc.getStatus().expiresAt() == null, Timeouts.CONDITION);
    set(ns, box, "1s");
    TestNamespace.await(
        ns.sc(box),
        "kept, whatever its time",
        sc ->
            sc.getMetadata().getGeneration().equals(sc.getStatus().observedGeneration())
                && sc.getStatus().expiresAt() == null,
        Timeouts.CONDITION);

    step("a start ends the time, and the next stop begins it anew");
    ns.startAndWait(box);
    set(ns, box, "720h");
    ns.kubectl("annotate", "stoppablecontainer", box, KEEP + "-").ok();
    Instant before = Instant.now().minusSeconds(1);
    ns.stopAndWait(box);
    StoppableContainer again =
        TestNamespace.await(
            ns.sc(box), "a time", sc -> sc.getStatus().expiresAt() != null, Timeouts.CONDITION);
    assertFalse(
        Instant.parse(again.getStatus().expiresAt()).isBefore(before.plus(Duration.ofHours(720))));
    assertEquals(List.of(), expiries(ns, box));
    ns.startAndWait(box);
    assertEquals("started\nstarted\nstarted", ns.sh(box, "cat /var/log/starts"));
  }

  private static List<Event> expiries(TestNamespace ns, String box) {
    return ns.events(box).stream().filter(e -> "Expires".equals(e.getReason())).toList();
  }

  @Test
  void aTimeThatIsNoneIsRefused(TestNamespace ns) {
    for (String time : List.of("", "5", "30d", "-5m")) {
      Result refused =
          ns.kubectlWithInput(
              Fixture.of("expiring.yaml").with(": 2s", ": '" + time + "'").text(),
              "create",
              "-f",
              "-");
      assertNotEquals(0, refused.exit(), time);
      assertTrue(refused.err().contains("spec.deleteAfterStopped: Invalid value"), refused.err());
    }
  }
}
