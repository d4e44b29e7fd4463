package top.xtlsoft.stoppablecontainer.operator.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.LastExit;
import top.xtlsoft.stoppablecontainer.api.ResourceKey;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.operator.pass.ClusterNodes;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.PlannedEvent;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;
import top.xtlsoft.stoppablecontainer.operator.pass.Report;

/** The writes of a life, counted: what a report says is the other tests' business. */
class HeldReportsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final StatusPlanner planner =
      new StatusPlanner(Duration.ofSeconds(15), PATIENCE, new HashMap<>());
  private final List<Report> written = new ArrayList<>();

  private StoppableContainer sc = Given.sc(true);
  private StoppableContainerInstance sci = Given.instance(sc, true, true);
  private final Pod provider = Given.provider(sc, sci);
  private final Pod consumer = Given.consumer(sc, sci);

  private Pass at(Duration since, Pod providerPod, Pod consumerPod) {
    return Pass.begin(
        new Observation(
            new ResourceKey("ns", "box"),
            Given.NOW.plus(since),
            Optional.of(sc),
            Optional.ofNullable(sci),
            Optional.ofNullable(providerPod).map(Given::cached),
            Optional.ofNullable(consumerPod).map(Given::cached),
            new ClusterNodes(Map.of(Given.NODE, "amd64"), Map.of())));
  }

  /** A pass, and the write that it comes to. */
  private Pass look(long ms, Pod providerPod, Pod consumerPod) {
    return write(planner.plan(at(Duration.ofMillis(ms), providerPod, consumerPod)));
  }

  private Pass write(Pass planned) {
    planned
        .report()
        .filter(report -> !report.status().equals(sc.getStatus()))
        .ifPresent(
            report -> {
              written.add(report);
              sc.setStatus(report.status());
              report.instanceStatus().ifPresent(status -> sci.setStatus(status));
            });
    return planned;
  }

  private void user(boolean running) {
    StoppableContainerStatus status = sc.getStatus();
    long generation = sc.getMetadata().getGeneration();
    sc = Given.sc(running);
    sc.setStatus(status);
    sc.getMetadata().setGeneration(generation + 1);
  }

  private List<StoppableContainerPhase> phases() {
    return written.stream().map(report -> report.status().phase()).toList();
  }

  private List<String> events() {
    return written.stream()
        .flatMap(report -> report.events().stream())
        .map(PlannedEvent::reason)
        .toList();
  }

  private Pod exited(int code) {
    return new PodBuilder(Given.ready(consumer))
        .editStatus()
        .editFirstContainerStatus()
        .withNewState()
        .withNewTerminated()
        .withExitCode(code)
        .withFinishedAt("2026-01-01T00:01:05Z")
        .endTerminated()
        .endState()
        .endContainerStatus()
        .endStatus()
        .build();
  }

  private void start(long ms) {
    look(ms, provider, null);
    look(ms + 100, provider, consumer);
    look(ms + 500, Given.mounted(provider), consumer);
    look(ms + 600, Given.mounted(provider), Given.attached(consumer));
    look(ms + 900, Given.mounted(provider), Given.ready(consumer));
  }

  /** The event of a write takes a while; a pass meanwhile sees the resource as it was. */
  @Test
  void aPassOverAnOldCacheDoesNotMoveTheTimes() {
    look(0, provider, null);
    look(2500, provider, consumer);
    assertEquals(1, written.size());
    StoppableContainerStatus status = sc.getStatus();
    sc.setStatus(null);
    planner.plan(at(Duration.ofMillis(2600), provider, consumer));
    sc.setStatus(status);
    look(3000, provider, consumer);
    look(9000, provider, consumer);
    assertEquals(1, written.size());
    assertEquals(status, sc.getStatus());
  }

  @Test
  void reportsAQuickCreateOnce() {
    start(0);
    assertEquals(List.of(StoppableContainerPhase.RUNNING), phases());
    assertEquals(List.of("Started"), events());
    assertEquals(sc.getStatus().conditions().getFirst().getStatus(), "True");
  }

  @Test
  void reportsAQuickStopOnceAndKnowsHowTheContainerEnded() {
    start(0);
    written.clear();
    user(false);
    look(5000, Given.mounted(provider), Given.ready(consumer));
    look(5100, Given.mounted(provider), Given.going(exited(143)));
    look(5200, Given.mounted(provider), null);
    sci = Given.reported(Given.instance(sc, false, true), Given.synced(2));
    look(5300, Given.mounted(provider), null);
    assertEquals(List.of(StoppableContainerPhase.STOPPED), phases());
    assertEquals(List.of("Stopped"), events());
    assertEquals(new LastExit(143, null, "2026-01-01T00:01:05Z", 15), sc.getStatus().lastExit());
  }

  @Test
  void reportsAStateThatLasts() {
    Pass first = look(0, provider, null);
    assertTrue(first.report().isEmpty());
    assertEquals(Optional.of(PATIENCE), first.callAgain());
    Pass second = look(500, provider, consumer);
    assertEquals(Optional.of(Duration.ofMillis(1500)), second.callAgain());
    look(2000, provider, consumer);
    assertEquals(List.of(StoppableContainerPhase.PENDING), phases());
  }

  @Test
  void waitsForTheEndOfASlowStart() {
    look(0, provider, consumer);
    look(1500, Given.mounted(provider), consumer);
    look(3000, Given.mounted(provider), Given.attached(consumer));
    look(3900, Given.mounted(provider), Given.ready(consumer));
    assertEquals(List.of(StoppableContainerPhase.RUNNING), phases());
  }

  @Test
  void reportsAStateThatChangesAllTheTime() {
    look(0, provider, consumer);
    look(1500, Given.mounted(provider), consumer);
    assertEquals(Optional.of(Duration.ofMillis(500)), look(3500, provider, consumer).callAgain());
    look(4000, Given.mounted(provider), consumer);
    assertEquals(List.of(StoppableContainerPhase.PROVIDER_READY), phases());
  }

  @Test
  void callsForNoPassOverAStateThatIsWritten() {
    look(0, provider, consumer);
    look(2000, provider, consumer);
    Pass again = look(9000, provider, consumer);
    assertFalse(again.callAgain().filter(PATIENCE::equals).isPresent());
    assertEquals(1, written.size());
  }

  @Test
  void reportsAProblemAtOnce() {
    look(0, provider, null);
    look(100, Given.waiting(provider, "ErrImagePull", "no such image"), null);
    assertEquals("ImagePullFailed", sc.getStatus().conditions().getFirst().getReason());
    Pass refused =
        at(Duration.ofMillis(200), provider, null)
            .fail(new Problem(ConditionReason.POD_REFUSED, "quota", false));
    write(planner.plan(refused));
    assertEquals("PodRefused", sc.getStatus().conditions().getFirst().getReason());
  }

  @Test
  void takesReadyBackAtOnceWhenTheUserChangedNothing() {
    start(0);
    look(5000, Given.mounted(provider), Given.attached(consumer));
    assertEquals("ContainerNotReady", sc.getStatus().conditions().getFirst().getReason());
  }

  @Test
  void reportsAMountThatTheContainerDidNotWaitForWithItsImage() {
    look(0, provider, Given.ready(consumer));
    look(100, Given.mounted(provider), Given.ready(consumer));
    Given.reported(
        sci,
        new AgentReport(new AgentReport.Mount(true, "boot", "sha256:2"), null, null, null, null));
    look(200, Given.mounted(provider), Given.ready(consumer));
    assertEquals(1, written.size());
    look(2100, Given.mounted(provider), Given.ready(consumer));
    assertEquals(2, written.size());
    assertEquals("sha256:2", sc.getStatus().imageID());
  }

  @Test
  void reportsADeletionThatTakesLong() {
    start(0);
    written.clear();
    Given.deleting(sc);
    sc.getMetadata().setGeneration(2L);
    assertTrue(look(5000, provider, consumer).report().isEmpty());
    look(7000, provider, consumer);
    assertEquals(List.of("Deleting"), events());
  }

  @Test
  void startsAnewWhenTheClockIsSetBack() {
    look(5000, provider, null);
    look(0, provider, null);
    assertEquals(List.of(StoppableContainerPhase.PENDING), phases());
  }

  @Test
  void holdsNothingBackFromASuccessorOfTheSameName() {
    look(0, provider, null);
    sc = Given.sc(true);
    sc.getMetadata().setUid("successor");
    assertEquals(Optional.of(PATIENCE), look(1900, provider, null).callAgain());
  }
}
