package top.xtlsoft.stoppablecontainer.operator.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ContainerStateTerminatedBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.InstancePhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.operator.model.ConsumerPodFactory;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.PlannedEvent;
import top.xtlsoft.stoppablecontainer.operator.pass.Report;
import top.xtlsoft.stoppablecontainer.operator.plan.ConsumerPlanner;

/** A container that its restart policy does not start again. */
class EndTest {

  private final StatusPlanner status =
      new StatusPlanner(Duration.ofSeconds(15), Duration.ZERO, new HashMap<>());
  private final ConsumerPlanner consumers =
      new ConsumerPlanner(new ConsumerPodFactory(), Given.BINARIES_PLANNER);

  private final StoppableContainer once =
      Given.sc("{running: true, template: {restartPolicy: Never, container: {image: 'image:1'}}}");
  private final StoppableContainerInstance running = Given.instance(once, true, true);
  private final StoppableContainerInstance synced =
      Given.reported(Given.instance(once, false, true), Given.synced(2));
  private final Pod provider = Given.mounted(Given.provider(once, running));
  private final Pod pod = Given.consumer(once, running);

  private final Pod succeeded = ended("Succeeded", 0, "Completed");
  private final Pod failed = ended("Failed", 3, "Error");

  private Pod ended(String phase, int exitCode, String reason) {
    return new PodBuilder(Given.ended(pod, phase, null))
        .editStatus()
        .addNewContainerStatus()
        .withName("main")
        .withRestartCount(0)
        .withNewState()
        .withNewTerminated()
        .withExitCode(exitCode)
        .withReason(reason)
        .withFinishedAt("2026-01-01T00:00:30Z")
        .endTerminated()
        .endState()
        .endContainerStatus()
        .endStatus()
        .build();
  }

  private Pass seen(StoppableContainerInstance instance, Pod consumer) {
    return Given.pass(once, instance, provider, consumer);
  }

  private Report reported(Pass pass) {
    return status.plan(pass).report().orElseThrow();
  }

  private static Optional<Condition> condition(Report report, String type) {
    return report.status().conditions().stream().filter(c -> type.equals(c.getType())).findFirst();
  }

  /** Has the StoppableContainer remember how it ended, as its status does. */
  private void remember(Pod consumer) {
    once.setStatus(reported(seen(synced, consumer)).status());
  }

  @Test
  void isStoppedAfterASuccessOnceItsWritesAreOnDisk() {
    var stop =
        assertInstanceOf(
            Decision.AnnounceStop.class, consumers.plan(seen(running, succeeded)).decision());
    assertFalse(stop.desired().running());
    Report writing = reported(seen(running, succeeded));
    assertEquals(StoppableContainerPhase.PROVIDER_READY, writing.status().phase());
    assertEquals(InstancePhase.STOPPING, writing.instanceStatus().orElseThrow().phase());

    assertEquals("nothing", consumers.plan(seen(synced, succeeded)).verb());
    once.setStatus(writing.status());
    Report done = reported(seen(synced, succeeded));
    assertEquals(StoppableContainerPhase.STOPPED, done.status().phase());
    assertEquals(Wanted.COMPLETED, done.status().wanted());
    assertEquals(InstancePhase.STOPPED, done.instanceStatus().orElseThrow().phase());
    assertEquals(List.of(), done.events(), "recorded already");
  }

  @Test
  void reportsTheExitCodeAndTheTimeOfASuccess() {
    Report report = reported(seen(synced, succeeded));
    assertEquals("Completed", condition(report, "Ready").orElseThrow().getReason());
    assertEquals("False", condition(report, "Ready").orElseThrow().getStatus());
    assertEquals("True", condition(report, "Ended").orElseThrow().getStatus());
    assertEquals("Completed", condition(report, "Ended").orElseThrow().getReason());
    String message = report.status().message();
    assertTrue(message.contains("at 2026-01-01T00:00:30Z with exit code 0."), message);
    assertEquals(List.of("Completed"), report.events().stream().map(PlannedEvent::reason).toList());
  }

  /** The main container ended a while ago; beside it a sidecar runs on. */
  private Pod besideSidecar(String policy, int exitCode, Duration ago) {
    Pod made =
        new PodBuilder(pod)
            .editSpec()
            .withRestartPolicy(policy)
            .withTerminationGracePeriodSeconds(10L)
            .addNewContainer()
            .withName("log")
            .endContainer()
            .endSpec()
            .build();
    return new PodBuilder(Given.running(made))
        .editStatus()
        .editFirstContainerStatus()
        .withNewState()
        .withNewTerminated()
        .withExitCode(exitCode)
        .withFinishedAt(Given.NOW.minus(ago).toString())
        .endTerminated()
        .endState()
        .endContainerStatus()
        .endStatus()
        .build();
  }

  @ParameterizedTest
  @CsvSource({"Never, 0, Completed", "OnFailure, 0, Completed", "Never, 3, ContainerFailed"})
  void endsWithItsMainContainerDespiteSidecars(String policy, int exitCode, String reason) {
    Pod ended = besideSidecar(policy, exitCode, Duration.ofSeconds(12));
    assertEquals(
        reason, condition(reported(seen(running, ended)), "Ended").orElseThrow().getReason());
    Pass pass = consumers.plan(seen(running, ended));
    assertEquals("endConsumer", pass.verb());

    Pod marked =
        new PodBuilder(ended)
            .editMetadata()
            .addToAnnotations(ApiNames.ANNOTATION_ENDED, "true")
            .endMetadata()
            .build();
    assertEquals("await", consumers.plan(seen(running, marked)).verb(), "kubelet ends the rest");

    Pod past =
        new PodBuilder(marked)
            .editStatus()
            .withPhase("Failed")
            .withReason("DeadlineExceeded")
            .endStatus()
            .build();
    assertInstanceOf(Decision.AnnounceStop.class, consumers.plan(seen(running, past)).decision());
    assertEquals(
        reason, condition(reported(seen(synced, past)), "Ended").orElseThrow().getReason());
  }

  @ParameterizedTest
  @CsvSource({"Always, 0", "OnFailure, 3"})
  void goesOnWhenKubeletRestartsTheMainContainer(String policy, int exitCode) {
    Pod between = besideSidecar(policy, exitCode, Duration.ofSeconds(12));
    assertTrue(condition(reported(seen(running, between)), "Ended").isEmpty());
    assertEquals("nothing", consumers.plan(seen(running, between)).verb());
  }

  @Test
  void waitsForTheGracePeriodBecauseThePodCanBeEvicted() {
    Pod ending = besideSidecar("Never", 143, Duration.ofSeconds(3));
    Pass pass = status.plan(seen(running, ending));
    Report report = pass.report().orElseThrow();
    assertTrue(condition(report, "Ended").isEmpty());
    assertTrue(report.status().message().contains("exit code 143"), report.status().message());
    assertTrue(report.status().message().contains("not started again"), report.status().message());
    assertEquals(Optional.of(Duration.ofSeconds(9)), pass.callAgain());
    assertEquals("nothing", consumers.plan(seen(running, ending)).verb());

    Pod evicted =
        new PodBuilder(ending)
            .editStatus()
            .withPhase("Failed")
            .withReason("Evicted")
            .endStatus()
            .build();
    assertTrue(condition(reported(seen(running, evicted)), "Ended").isEmpty());
    assertEquals("deleteConsumer", consumers.plan(seen(running, evicted)).verb());
  }

  @Test
  void reportsAFailure() {
    Report report = reported(seen(synced, failed));
    assertEquals(StoppableContainerPhase.FAILED, report.status().phase());
    assertEquals(InstancePhase.FAILED, report.instanceStatus().orElseThrow().phase());
    assertEquals("ContainerFailed", condition(report, "Ready").orElseThrow().getReason());
    assertEquals("ContainerFailed", condition(report, "Ended").orElseThrow().getReason());
    String message = report.status().message();
    assertTrue(message.contains("with exit code 3. See what it wrote"), message);
  }

  @Test
  void reportsAnEndByTheDeadline() {
    Report report = reported(seen(synced, Given.ended(pod, "Failed", "DeadlineExceeded")));
    assertEquals("ContainerFailed", condition(report, "Ended").orElseThrow().getReason());
    assertTrue(report.status().message().contains("activeDeadlineSeconds"));
  }

  @ParameterizedTest
  @CsvSource({"Succeeded, 0, Completed", "Failed, 3, Error"})
  void staysEndedWhenItsPodIsDeleted(String phase, int exitCode, String reason) {
    remember(ended(phase, exitCode, reason));
    Report before = reported(seen(synced, ended(phase, exitCode, reason)));
    assertEquals("nothing", consumers.plan(seen(synced, null)).verb());
    Report after = reported(seen(synced, null));
    assertEquals(before.status().phase(), after.status().phase());
    assertEquals(before.status().conditions(), after.status().conditions());
    assertEquals(List.of(), after.events());
    // A drain sets a condition first, which turns an ended pod into a lost one.
    Pod disrupted =
        Given.with(Given.ended(pod, "Failed", null), "DisruptionTarget", "True", "Eviction", "");
    assertEquals("nothing", consumers.plan(seen(synced, disrupted)).verb());
  }

  @Test
  void isStartedAgainAfterAStop() {
    remember(succeeded);
    StoppableContainer unwanted =
        Given.sc(
            "{running: false, template: {restartPolicy: Never, container: {image: 'image:1'}}}");
    unwanted.setStatus(once.getStatus());
    Report stopped = reported(Given.pass(unwanted, synced, provider, null));
    assertEquals(Optional.empty(), condition(stopped, "Ready"));
    assertEquals(Optional.empty(), condition(stopped, "Ended"));
    once.setStatus(stopped.status());
    assertEquals("createConsumer", consumers.plan(seen(synced, null)).verb());
  }

  @Test
  void isStartedAgainAfterAStopWithoutAStatus() {
    remember(succeeded);
    once.getMetadata().setGeneration(once.getMetadata().getGeneration() + 2);
    assertEquals("createConsumer", consumers.plan(seen(synced, null)).verb());
  }

  @Test
  void isNotEndedByALostPod() {
    Pod gone =
        Given.with(
            Given.ended(pod, "Failed", null),
            "DisruptionTarget",
            "True",
            "DeletionByPodGC",
            "node has gone");
    for (Pod lost : List.of(gone, Given.ended(pod, "Failed", "Evicted"))) {
      assertEquals("deleteConsumer", consumers.plan(seen(running, lost)).verb());
      assertEquals(Optional.empty(), condition(reported(seen(running, lost)), "Ended"));
    }
    assertEquals(
        "The last pod was lost (Evicted). The container is started again.",
        reported(seen(running, Given.ended(pod, "Failed", "Evicted"))).status().message());
    assertEquals("await", consumers.plan(seen(running, Given.going(failed))).verb());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "3   | Error     |             | with exit code 3",
        "137 | OOMKilled |             | with exit code 137 (OOMKilled, SIGKILL)",
        "143 | Error     |             | with exit code 143 (SIGTERM)",
        "166 | Error     |             | with exit code 166 (signal 38)",
        "127 | StartError| no such file| with exit code 127 (StartError): no such file",
      })
  void describesTheEnd(int exitCode, String reason, String message, String text) {
    assertEquals(
        text,
        ExitText.of(
            new ContainerStateTerminatedBuilder()
                .withExitCode(exitCode)
                .withReason(reason)
                .withMessage(message)
                .build()));
  }
}
