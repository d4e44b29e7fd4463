package top.xtlsoft.stoppablecontainer.e2e.outage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.e2e.support.Clock;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** The operator is away at times of a schedule. Alone, as others would notice. */
@ClusterTest
@Isolated
@Tag("disruptive")
class ScheduleOutageE2E {

  private static String create(TestNamespace ns, String name, String schedule) {
    return ns.create(
        Fixture.of("container.yaml")
            .with("name: box", "name: " + name)
            .with("  running: true\n", "  running: true\n  schedule: " + schedule + "\n"));
  }

  private static void awaitWanted(
      TestNamespace ns, String box, Wanted wanted, StoppableContainerPhase phase) {
    TestNamespace.await(
        ns.sc(box),
        wanted + " and " + phase,
        sc -> sc.getStatus().wanted() == wanted && sc.getStatus().phase() == phase,
        Timeouts.RECOVERED);
  }

  /** Both kinds of schedule in one outage: a time comes once a minute at most. */
  @Test
  void anOperatorMakesUpForTheLastTimeThatItMissed(TestNamespace ns) {
    Instant first = Clock.minute(0);
    Instant second = Clock.minute(1);
    String stopped = create(ns, "stopped", "[{stop: %s}]".formatted(Clock.cron(first)));
    String both =
        create(
            ns, "both", "[{stop: %s, start: %s}]".formatted(Clock.cron(first), Clock.cron(second)));
    String overruled = create(ns, "overruled", "[{start: %s}]".formatted(Clock.cron(first)));
    String saved = createSaved(ns, "{schedule: %s}".formatted(Clock.cron(first)));
    List.of(stopped, both, overruled).forEach(ns::awaitRunning);
    ns.awaitStopped(saved);
    assertEquals(first.toString(), ns.status(saved).snapshots().next());
    String uid = ns.getPod(both).getMetadata().getUid();
    SystemPods.withoutOperator(
        ns.client(),
        () -> {
          Clock.await(second);
          ns.stop(overruled);
        });
    awaitWanted(ns, stopped, Wanted.STOPPED_BY_SCHEDULE, StoppableContainerPhase.STOPPED);
    awaitWanted(ns, overruled, Wanted.STOPPED_BY_USER, StoppableContainerPhase.STOPPED);
    awaitWanted(ns, both, Wanted.RUN, StoppableContainerPhase.RUNNING);
    assertEquals(uid, ns.getPod(both).getMetadata().getUid(), "it was not stopped in between");

    ns.plugin("start", stopped, "--wait").ok();
    assertEquals("started\nstarted", ns.sh(stopped, "cat /var/log/starts"));
    requireOneSnapshot(ns, saved, first);
  }

  private static String createSaved(TestNamespace ns, String snapshots) {
    return ns.create(
        Fixture.of("container.yaml")
            .with("name: box", "name: saved")
            .with("  running: true\n", "  snapshots: " + snapshots + "\n"));
  }

  /** The one that was missed is taken once, whatever the operator forgets, and no other one. */
  private static void requireOneSnapshot(TestNamespace ns, String saved, Instant time) {
    StoppableContainer taken =
        TestNamespace.await(
            ns.sc(saved),
            "the snapshot",
            sc -> sc.getStatus().snapshots().last() != null,
            Timeouts.RECOVERED);
    assertEquals(time.toString(), taken.getStatus().snapshots().doneUntil());

    SystemPods.deleteOperator(ns.client());
    SystemPods.awaitOperator(ns.client());
    ns.startAndWait(saved);
    assertEquals(List.of(taken.getStatus().snapshots().last()), snapshots(ns));
  }

  private static List<String> snapshots(TestNamespace ns) {
    return ns
        .client()
        .resources(StoppableContainerSnapshot.class)
        .inNamespace(ns.name())
        .list()
        .getItems()
        .stream()
        .map(snapshot -> snapshot.getMetadata().getName())
        .toList();
  }
}
