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
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.IdleStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/** Containers that are stopped when nothing uses them. */
@ClusterTest
class IdleE2E {

  private static final String PAGE = "docs/idle.md";
  private static final Duration AFTER = Duration.ofSeconds(10);
  private static final String ANNOTATIONS = "stoppablecontainer.xtlsoft.top/";

  private static StoppableContainer awaitBusy(TestNamespace ns, String box, String why) {
    return TestNamespace.await(
        ns.sc(box),
        "busy: " + why,
        sc -> {
          IdleStatus idle = sc.getStatus().idle();
          return idle != null && idle.message() != null && idle.message().contains(why);
        },
        Timeouts.CONDITION);
  }

  private static StoppableContainer awaitStopped(TestNamespace ns, String box) {
    return TestNamespace.await(
        ns.sc(box),
        "stopped because it is idle",
        sc ->
            sc.getStatus().wanted() == Wanted.STOPPED_IDLE
                && sc.getStatus().phase() == StoppableContainerPhase.STOPPED,
        Timeouts.CONDITION);
  }

  private static Instant inSeconds(int seconds) {
    return Instant.now().plusSeconds(seconds).truncatedTo(ChronoUnit.SECONDS);
  }

  @Test
  void stopsWhatNothingUsesAndNoWork(TestNamespace ns) {
    String box = ns.create(Fixture.of("idle.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, "echo kept >/root/file");

    step("a session that is silent is use, and lasts longer than the idle time");
    CompletableFuture<Result> session =
        CompletableFuture.supplyAsync(() -> ns.exec(box, "sleep", "16"));
    awaitBusy(ns, box, "1 exec session");
    session.join().ok();
    Instant end = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    step("after its end only probes are left, and its user is warned");
    StoppableContainer stopped = awaitStopped(ns, box);
    Instant stoppedAt = Instant.parse(stopped.getStatus().idle().stoppedAt());
    assertFalse(stoppedAt.isBefore(end.plus(AFTER)), "%s, %s".formatted(end, stoppedAt));
    assertTrue(stopped.getSpec().running(), "it is the user's own");
    assertTrue(stopped.getStatus().message().contains("was idle"), stopped.getStatus().message());
    assertTrue(TestNamespace.condition(stopped, "Ready").isEmpty(), "it is as asked");
    assertNull(ns.pod(box).get());
    Event warning = ns.awaitEvent(box, "the warning", e -> "Idle".equals(e.getReason()));
    assertEquals("Warning", warning.getType());
    ns.awaitEvent(box, "the stop", e -> "StoppedIdle".equals(e.getReason()));

    step("the user's start starts it, and the clock begins anew");
    ns.plugin("start", box, "--wait").ok();
    assertEquals("kept", ns.sh(box, "cat /root/file"));
    assertEquals("started\nstarted", ns.sh(box, "cat /var/log/starts"));

    step("a lease file keeps it running until its time");
    Instant lease = inSeconds(8);
    ns.sh(box, "echo %s >/.sc-request/busy-until".formatted(lease));
    awaitBusy(ns, box, "busy-until");
    stoppedAt = Instant.parse(awaitStopped(ns, box).getStatus().idle().stoppedAt());
    assertFalse(stoppedAt.isBefore(lease.plus(AFTER)), "%s, %s".formatted(lease, stoppedAt));

    step("so does the annotation, and another one starts it");
    ns.kubectl(
            "annotate",
            "stoppablecontainer",
            box,
            "--overwrite",
            ANNOTATIONS + "keep-awake-until=" + inSeconds(3600),
            ANNOTATIONS + "running-set-at=" + Instant.now())
        .ok();
    ns.awaitRunning(box);
    assertNull(awaitBusy(ns, box, "kept awake until").getStatus().idle().since());

    step("without the annotation it is idle again");
    ns.kubectl("annotate", "stoppablecontainer", box, ANNOTATIONS + "keep-awake-until-").ok();
    awaitStopped(ns, box);
  }

  @Test
  void aTimeThatIsNoneIsRefused(TestNamespace ns) {
    for (String time : List.of("", "5", "30d", "9s")) {
      Result refused =
          ns.kubectlWithInput(
              Fixture.of("idle.yaml").with("after: 10s", "after: '" + time + "'").text(),
              "create",
              "-f",
              "-");
      assertNotEquals(0, refused.exit(), time);
      assertTrue(refused.err().contains("spec.idle"), refused.err());
    }
  }

  @Test
  @Types(PAGE)
  void thePageIsTypedAsItSays(TestNamespace ns) {
    try (Typist typist = new Typist(ns)) {
      typist.type(PAGE);
    }
  }
}
