package top.xtlsoft.stoppablecontainer.operator.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.api.WakeStatus;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.PlannedEvent;
import top.xtlsoft.stoppablecontainer.operator.pass.Report;

/** Connections that start a container; the instance of {@link Given} has generation 2. */
class WakingTest {

  private final StatusPlanner planner =
      new StatusPlanner(Duration.ofSeconds(15), Duration.ZERO, new HashMap<>());

  private static String ago(int seconds) {
    return Given.NOW.minusSeconds(seconds).toString();
  }

  private static StoppableContainer box(String wake, String status) {
    StoppableContainer sc =
        Given.sc(
            """
            running: false
            wake: %s
            template:
              container: {image: "image:1", command: [run]}
            """
                .formatted(wake));
    sc.setStatus(
        Serialization.unmarshal(
            "userWish: {running: false, since: %s}\n%s".formatted(ago(3600), status),
            StoppableContainerStatus.class));
    return sc;
  }

  private static StoppableContainer stopped(String wake) {
    return box(wake, "wanted: StoppedByUser\nwantedSince: " + ago(60));
  }

  private static Pass pass(StoppableContainer sc, boolean running, long generation) {
    AgentReport synced = Given.synced(2);
    StoppableContainerInstance instance =
        Given.reported(
            Given.instance(sc, running, true),
            new AgentReport(
                synced.mount(),
                synced.syncedGeneration(),
                null,
                null,
                null,
                null,
                null,
                new AgentReport.Wake(generation, 8080)));
    Pod provider = Given.mounted(Given.provider(sc, instance));
    return Given.pass(sc, instance, provider, null);
  }

  private Report report(Pass pass) {
    return planner.plan(pass).report().orElseThrow();
  }

  private static boolean isWoken(Report report) {
    return report.events().stream().map(PlannedEvent::reason).anyMatch("Woken"::equals);
  }

  @Test
  void aConnectionOfThisStopIsNotedAndAnnounced() {
    Report report = report(pass(stopped("{ports: [8080]}"), false, 2));
    assertEquals(new WakeStatus(Given.NOW.toString(), 8080, 2L), report.status().wake());
    List<String> notes =
        report.events().stream()
            .filter(event -> event.reason().equals("Woken"))
            .map(PlannedEvent::note)
            .toList();
    assertEquals(List.of("A connection to port 8080 starts the container."), notes);
  }

  @ParameterizedTest
  @CsvSource({"false, 1", "false, 3", "true, 2"})
  void aConnectionOfAnotherStopStartsNothing(boolean running, long generation) {
    Report report = report(pass(stopped("{ports: [8080]}"), running, generation));
    assertNull(report.status().wake());
    assertFalse(isWoken(report));
  }

  @Test
  void aConnectionStartsNothingWithoutTheSpec() {
    assertNull(report(pass(stopped("null"), false, 2)).status().wake());
  }

  @Test
  void theNextPassWantsItToRunAndKeepsWhatStartedIt() {
    StoppableContainer sc =
        box("{ports: [8080]}", "wake: {wokenAt: %s, port: 8080}".formatted(ago(1)));
    Pass pass = pass(sc, false, 2);
    assertEquals(Wanted.RUN, pass.observed().wanted());
    Report report = report(pass);
    assertEquals(new WakeStatus(ago(1), 8080, null), report.status().wake());
    assertFalse(isWoken(report), "it is announced once");
  }

  @Test
  void aStopOfItsUserOverrulesTheWake() {
    StoppableContainer sc =
        box("{ports: [8080]}", "wake: {wokenAt: %s, port: 8080}".formatted(ago(7200)));
    assertEquals(Wanted.STOPPED_BY_USER, pass(sc, false, 1).observed().wanted());
  }

  @Test
  void theConnectionThatStartedItDoesNotOverruleTheStopOfItsUser() {
    StoppableContainer sc =
        box(
            "{ports: [8080]}",
            "wake: {wokenAt: %s, port: 8080, generation: 2}".formatted(ago(7200)));
    Report report = report(pass(sc, false, 2));
    assertEquals(new WakeStatus(ago(7200), 8080, 2L), report.status().wake());
    assertFalse(isWoken(report));
  }

  @Test
  void theWakeCountsForNothingOnceTheSpecIsGone() {
    StoppableContainer sc = box("null", "wake: {wokenAt: %s, port: 8080}".formatted(ago(1)));
    assertEquals(Wanted.STOPPED_BY_USER, pass(sc, false, 2).observed().wanted());
  }

  @Test
  void aConnectionInTheCoolDownStartsItAtTheEnd() {
    StoppableContainer sc = stopped("{ports: [8080], coolDown: 90s}");
    Waking waking = Waking.of(pass(sc, false, 2).observed(), Optional.of(sc.getStatus()));
    assertEquals(new Waking(Optional.empty(), Optional.of(Given.NOW.plusSeconds(30))), waking);
    Pass planned = planner.plan(pass(sc, false, 2));
    assertTrue(
        planned.callAgain().filter(Duration.ofSeconds(30)::equals).isPresent(),
        () -> "called again: " + planned.callAgain());
    assertEquals(
        Given.NOW.toString(),
        report(pass(stopped("{ports: [8080], coolDown: 60s}"), false, 2))
            .status()
            .wake()
            .wokenAt());
  }
}
