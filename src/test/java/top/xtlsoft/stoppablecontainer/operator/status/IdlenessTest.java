package top.xtlsoft.stoppablecontainer.operator.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.IdleStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.PlannedEvent;

/**
 * When an idle container is stopped. It is always {@link Given#NOW}; the container runs since half
 * a minute, and is stopped after 20 s. So its user is warned after 18 s.
 */
class IdlenessTest {

  private static String ago(int seconds) {
    return Given.NOW.minusSeconds(seconds).toString();
  }

  private static String in(int seconds) {
    return Given.NOW.plusSeconds(seconds).toString();
  }

  private static StoppableContainer box(String status) {
    StoppableContainer sc =
        Given.sc(
            """
            running: true
            idle: {after: 20s}
            template:
              container: {image: "image:1", command: [run]}
            """);
    sc.setStatus(
        Serialization.unmarshal(
            "userWish: {running: true, since: %s}\n%s".formatted(ago(3600), status),
            StoppableContainerStatus.class));
    return sc;
  }

  private static Pass pass(StoppableContainer sc, AgentReport.@Nullable Activity activity) {
    StoppableContainerInstance instance =
        Given.reported(
            Given.instance(sc, true, true),
            new AgentReport(
                new AgentReport.Mount(true, "boot", "sha256:1"),
                null,
                null,
                null,
                null,
                null,
                activity,
                null));
    Pod provider = Given.mounted(Given.provider(sc, instance));
    Pod consumer = Given.ready(Given.consumer(sc, instance));
    return Given.pass(sc, instance, provider, consumer);
  }

  private static IdleStatus status(String before, AgentReport.@Nullable Activity activity) {
    StoppableContainer sc = box(before);
    return Idleness.of(pass(sc, activity).observed(), Optional.of(sc.getStatus()))
        .map(Idleness::status)
        .orElse(null);
  }

  private static AgentReport.Activity idle(int since, @Nullable String at) {
    return new AgentReport.Activity(null, ago(since), at);
  }

  @Test
  void saysWhatKeepsItBusy() {
    assertEquals(
        new IdleStatus("Busy: 1 exec session, 2 connections", null, null, null, null),
        status("", new AgentReport.Activity("1 exec session, 2 connections", null, null)));
    assertNull(status("", null), "the agent has not looked yet");
  }

  @Test
  void saysSinceWhenItIsIdleAndWhenItIsStopped() {
    assertEquals(
        new IdleStatus("Idle since " + ago(5), ago(5), in(15), null, null),
        status("", idle(5, null)));
  }

  @ParameterizedTest
  @CsvSource({"18, 2", "19, 2", "30, 2"})
  void warnsFirstAndWaitsForTheWholeNotice(int since, int left) {
    assertEquals(
        new IdleStatus("Idle since " + ago(since), ago(since), in(left), ago(0), null),
        status("", idle(since, ago(0))));
  }

  @Test
  void stopsAfterTheNotice() {
    String warned = "idle: {warnedAt: %s}".formatted(ago(2));
    assertEquals(ago(0), status(warned, idle(20, ago(0))).stoppedAt());
    assertNull(status(warned, idle(19, ago(0))).stoppedAt());
  }

  @Test
  void stopsNothingByAWordOfTheAgentThatIsOldOrTooEarly() {
    String warned = "idle: {warnedAt: %s}".formatted(ago(2));
    assertNull(status(warned, idle(20, null)).stoppedAt());
    assertNull(status(warned, idle(20, ago(1))).stoppedAt());
    assertNull(status("idle: {warnedAt: %s}".formatted(ago(5)), idle(30, ago(20))).stoppedAt());
  }

  @Test
  void theTimeBeginsWithAStartByTheUser() {
    StoppableContainer sc = box("");
    sc.setStatus(
        Serialization.unmarshal(
            "userWish: {running: true, since: %s}".formatted(ago(7)),
            StoppableContainerStatus.class));
    IdleStatus status =
        Idleness.of(pass(sc, idle(25, ago(0))).observed(), Optional.empty()).orElseThrow().status();
    assertEquals(ago(7), status.since());
    assertNull(status.warnedAt());
  }

  @Test
  void doesNotTakeTheReportOfTheRunBeforeForThisOnes() {
    assertNull(status("", idle(31, ago(0))));
  }

  private static Pass planned(String before, AgentReport.Activity activity) {
    return new StatusPlanner(Duration.ofSeconds(15), Duration.ZERO, new HashMap<>())
        .plan(pass(box(before), activity));
  }

  @Test
  void recordsOneWarningAndComesBackForTheStop() {
    Pass warned = planned("phase: Running", idle(18, null));
    List<String> reasons = warned.events().stream().map(PlannedEvent::reason).toList();
    assertTrue(reasons.contains("Idle"), reasons.toString());
    assertEquals(Optional.of(Duration.ofSeconds(2)), warned.callAgain());

    Pass again = planned("phase: Running\nidle: {warnedAt: %s}".formatted(ago(1)), idle(19, null));
    reasons = again.events().stream().map(PlannedEvent::reason).toList();
    assertTrue(!reasons.contains("Idle"), reasons.toString());
  }

  @Test
  void keepsTheTimeOfTheStop() {
    Instant stop = Given.NOW.minusSeconds(10);
    assertEquals(
        new IdleStatus(null, null, null, null, stop.toString()),
        status("idle: {stoppedAt: %s}".formatted(stop), null));
  }
}
