package top.xtlsoft.stoppablecontainer.e2e.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ScheduledChange;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.e2e.support.Clock;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/** Containers that start and stop at times of their schedule. */
@ClusterTest
class ScheduleE2E {

  private static final String PAGE = "docs/schedules.md";

  private static Fixture box(boolean running, String schedule) {
    return Fixture.of("container.yaml")
        .with("  running: true\n", "  running: %s\n  schedule: %s\n".formatted(running, schedule));
  }

  /** Waits until the schedule, or its user, wants this, and the container is so. */
  private static StoppableContainer awaitWanted(
      TestNamespace ns, String box, Wanted wanted, StoppableContainerPhase phase) {
    return TestNamespace.await(
        ns.sc(box),
        wanted + " and " + phase,
        sc -> {
          StoppableContainerStatus status = sc == null ? null : sc.getStatus();
          return status != null && status.wanted() == wanted && status.phase() == phase;
        },
        Timeouts.SCHEDULE);
  }

  private static StoppableContainer awaitStopped(TestNamespace ns, String box) {
    return awaitWanted(ns, box, Wanted.STOPPED_BY_SCHEDULE, StoppableContainerPhase.STOPPED);
  }

  private static StoppableContainer awaitRunning(TestNamespace ns, String box) {
    return awaitWanted(ns, box, Wanted.RUN, StoppableContainerPhase.RUNNING);
  }

  @Test
  void stopsAndStartsAtTheTimesOfItsSchedule(TestNamespace ns) {
    Instant stop = Clock.minute(0);
    Instant start = Clock.minute(1);
    String schedule = "[{stop: %s, start: %s}]".formatted(Clock.cron(stop), Clock.cron(start));
    String box = ns.create(box(true, schedule));
    ns.awaitRunning(box);
    assertEquals(new ScheduledChange(false, stop.toString()), ns.status(box).scheduled());
    ns.sh(box, "echo kept >/root/file");

    StoppableContainer stopped = awaitStopped(ns, box);
    assertTrue(stopped.getSpec().running(), "it is the user's own");
    assertEquals(stop, Instant.parse(stopped.getStatus().wantedSince()));
    assertEquals(
        "The container is stopped by its schedule and its file system is kept. The schedule starts"
            + " it at "
            + start
            + ".",
        stopped.getStatus().message());
    assertEquals(new ScheduledChange(true, start.toString()), stopped.getStatus().scheduled());
    assertTrue(TestNamespace.condition(stopped, "Ready").isEmpty(), "it is as asked");
    assertNull(ns.pod(box).get());
    ns.awaitEvent(box, "why it was stopped", e -> "StoppedBySchedule".equals(e.getReason()));
    assertTrue(ns.plugin("status", box).out().contains("the schedule starts it at " + start));

    awaitRunning(ns, box);
    assertEquals("kept", ns.sh(box, "cat /root/file"));
    assertEquals("started\nstarted", ns.sh(box, "cat /var/log/starts"));
  }

  @Test
  void aUsersStartCountsUntilTheNextTime(TestNamespace ns) {
    Instant first = Clock.minute(0);
    Instant second = Clock.minute(2);
    String schedule = "[{stop: %s}, {stop: %s}]".formatted(Clock.cron(first), Clock.cron(second));
    String box = ns.create(box(true, schedule));
    ns.awaitRunning(box);
    awaitStopped(ns, box);

    ns.plugin("start", box, "--wait").ok();
    assertEquals("started\nstarted", ns.sh(box, "cat /var/log/starts"));
    assertTrue(ns.sc(box).get().getSpec().running(), "it was true all the time");
    assertEquals(new ScheduledChange(false, second.toString()), ns.status(box).scheduled());

    awaitStopped(ns, box);
    assertTrue(!Instant.parse(ns.status(box).wantedSince()).isBefore(second));
  }

  @Test
  void aUsersStopOfWhatTheScheduleHasStartedCounts(TestNamespace ns) {
    String schedule = "[{start: %s}]".formatted(Clock.cron(Clock.minute(0)));
    String box = ns.create(box(false, schedule));
    ns.awaitStopped(box);
    awaitRunning(ns, box);

    ns.plugin("stop", box, "--wait").ok();
    StoppableContainer stopped =
        awaitWanted(ns, box, Wanted.STOPPED_BY_USER, StoppableContainerPhase.STOPPED);
    assertEquals(
        stopped.getMetadata().getAnnotations().get("stoppablecontainer.xtlsoft.top/running-set-at"),
        stopped.getStatus().userWish().setAt());

    step("spec.running alone says so, too");
    ns.startAndWait(box);
    ns.stopAndWait(box);
    assertEquals(Wanted.STOPPED_BY_USER, ns.status(box).wanted());
  }

  @Test
  void anErrorInTheScheduleStopsNothingThatRuns(TestNamespace ns) {
    String box = ns.create(box(true, "[{stop: 0 0 1 1 *}]"));
    ns.awaitRunning(box);
    String uid = ns.getPod(box).getMetadata().getUid();
    ns.patch(box, "{\"spec\":{\"schedule\":[{\"stop\":\"0 0 0 1 *\"}]}}");
    StoppableContainer running =
        TestNamespace.await(
            ns.sc(box),
            "the error",
            sc -> TestNamespace.condition(sc, "Stalled").isPresent(),
            Timeouts.CONDITION);
    assertEquals(
        "InvalidSchedule", TestNamespace.condition(running, "Stalled").orElseThrow().getReason());
    assertTrue(running.getStatus().message().contains("spec.schedule[0].stop: "));
    ns.patch(box, "{\"spec\":{\"schedule\":null}}");
    TestNamespace.await(
        ns.sc(box),
        "no schedule",
        sc -> sc.getStatus().userWish() == null && sc.getStatus().scheduled() == null,
        Timeouts.CONDITION);
    assertEquals(uid, ns.awaitPodReady(box).getMetadata().getUid());
    assertNotEquals(Wanted.STOPPED_BY_SCHEDULE, ns.status(box).wanted());
  }

  @Test
  @Types(PAGE)
  void thePageIsTypedAsItSays(TestNamespace ns) {
    try (Typist typist = new Typist(ns)) {
      typist.type(PAGE);
    }
  }
}
