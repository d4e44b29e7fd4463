package top.xtlsoft.stoppablecontainer.operator.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.InstancePhase;
import top.xtlsoft.stoppablecontainer.api.LastExit;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.operator.pass.ClusterNodes;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.PlannedEvent;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;
import top.xtlsoft.stoppablecontainer.operator.pass.Report;
import top.xtlsoft.stoppablecontainer.operator.plan.DeletePlanner;

class StatusPlannerTest {

  private final StatusPlanner planner =
      new StatusPlanner(Duration.ofSeconds(15), Duration.ZERO, new HashMap<>());
  private final StatusPlanner patient =
      new StatusPlanner(Duration.ofSeconds(50), Duration.ZERO, new HashMap<>());

  private final StoppableContainer wanted = Given.sc(true);
  private final StoppableContainer unwanted = Given.sc(false);
  private final StoppableContainerInstance running = Given.instance(wanted, true, true);
  private final Pod provider = Given.provider(wanted, running);
  private final Pod consumer = Given.consumer(wanted, running);

  private void expect(
      Pass seen, StoppableContainerPhase phase, InstancePhase instancePhase, String reason) {
    Report report = planner.plan(seen).report().orElseThrow();
    assertEquals(phase, report.status().phase());
    report.instanceStatus().ifPresent(status -> assertEquals(instancePhase, status.phase()));
    if (reason.equals("Stopped")) {
      assertEquals(Optional.empty(), condition(report, "Ready"));
      return;
    }
    assertEquals(reason, ready(report).getReason());
    assertEquals(ready(report).getMessage(), report.status().message());
  }

  private static Condition ready(Report report) {
    return condition(report, "Ready").orElseThrow();
  }

  private static Optional<Condition> condition(Report report, String type) {
    return report.status().conditions().stream().filter(c -> type.equals(c.getType())).findFirst();
  }

  @Test
  void isPendingUntilTheFileSystemIsMounted() {
    expect(
        Given.pass(wanted, Given.instance(wanted, false, false), provider, null),
        StoppableContainerPhase.PENDING,
        InstancePhase.PROVIDER_STARTING,
        "ProviderStarting");
  }

  @Test
  void isProviderReadyWhileTheConsumerStarts() {
    expect(
        Given.pass(wanted, running, Given.mounted(provider), consumer),
        StoppableContainerPhase.PROVIDER_READY,
        InstancePhase.CONSUMER_STARTING,
        "ConsumerStarting");
  }

  @Test
  void isRunningOnceAttached() {
    expect(
        Given.pass(wanted, running, Given.mounted(provider), Given.attached(consumer)),
        StoppableContainerPhase.RUNNING,
        InstancePhase.RUNNING,
        "ContainerNotReady");
  }

  @Test
  void isReadyWhenThePodIs() {
    Pass pass =
        planner.plan(Given.pass(wanted, running, Given.mounted(provider), Given.ready(consumer)));
    Report report = pass.report().orElseThrow();
    assertEquals("True", ready(report).getStatus());
    assertEquals("True", condition(report, "Mounted").orElseThrow().getStatus());
    assertEquals("box", report.status().instanceName());
    assertEquals("box-provider", report.status().providerPodName());
    assertEquals("box", report.status().consumerPodName());
    assertEquals(Given.NODE, report.status().nodeName());
    assertEquals("/var/lib/stoppablecontainer/ns/box", report.status().hostPath());
    assertEquals("sha256:1", report.status().imageID());
    assertEquals("2026-01-01T00:01:00Z", report.status().since());
    assertEquals(1L, report.status().observedGeneration());
  }

  @Test
  void isStoppingUntilTheLastWritesAreOnDisk() {
    StoppableContainerInstance stopped = Given.instance(unwanted, false, true);
    StoppableContainerInstance going = Given.instance(unwanted, true, true);
    expect(
        Given.pass(unwanted, going, Given.mounted(provider), Given.going(consumer)),
        StoppableContainerPhase.PROVIDER_READY,
        InstancePhase.STOPPING,
        "Stopping");
    Given.reported(stopped, Given.synced(1));
    expect(
        Given.pass(unwanted, stopped, Given.mounted(provider), null),
        StoppableContainerPhase.PROVIDER_READY,
        InstancePhase.PROVIDER_READY,
        "Stopping");
    Given.reported(stopped, Given.synced(2));
    expect(
        Given.pass(unwanted, stopped, Given.mounted(provider), null),
        StoppableContainerPhase.STOPPED,
        InstancePhase.STOPPED,
        "Stopped");
  }

  @ParameterizedTest
  @CsvSource({", true", "67108864, false"})
  void saysWhetherAStopWaitsForTheWritesOfOthers(Long sizeBytes, boolean ofOthers) {
    StoppableContainerInstance stopped = Given.instance(unwanted, false, true);
    StoppableContainerInstanceSpec spec = stopped.getSpec();
    stopped.setSpec(
        new StoppableContainerInstanceSpec(
            spec.nodeName(), spec.hostPathPrefix(), spec.image(), false, null, sizeBytes));
    Given.reported(stopped, Given.synced(1));
    Pass pass = Given.pass(unwanted, stopped, Given.mounted(provider), null);
    String message = planner.plan(pass).report().orElseThrow().status().message();
    assertTrue(message.contains("bring the last writes to disk"), message);
    assertEquals(ofOthers, message.contains("others"), message);
  }

  @Test
  void staysStoppedWhileTheProviderIsReplaced() {
    StoppableContainerInstance stopped =
        Given.reported(Given.instance(unwanted, false, true), Given.synced(2));
    expect(
        Given.pass(unwanted, stopped, null, null),
        StoppableContainerPhase.STOPPED,
        InstancePhase.STOPPED,
        "Stopped");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})
  void reportsAnImageThatCanNotBePulled(String reason) {
    Pass pass =
        planner.plan(
            Given.pass(wanted, running, Given.waiting(provider, reason, "no such image"), null));
    Report report = pass.report().orElseThrow();
    assertEquals("ImagePullFailed", ready(report).getReason());
    assertTrue(report.status().message().contains("no such image"), report.status().message());
    PlannedEvent event = report.events().getFirst();
    assertEquals("Warning", event.type());
    assertEquals("ImagePullFailed", event.reason());
    assertEquals("sc-uid", event.regarding().getUid());
  }

  @Test
  void reportsTheConsumersImageWhileTheProviderStarts() {
    expect(
        Given.pass(wanted, running, provider, Given.waiting(consumer, "ErrImagePull", "no")),
        StoppableContainerPhase.PENDING,
        InstancePhase.PROVIDER_STARTING,
        "ImagePullFailed");
  }

  @Test
  void reportsTheSchedulersMessage() {
    Pod pending = Given.with(provider, "PodScheduled", "False", "Unschedulable", "0/1 nodes");
    Report report =
        planner
            .plan(Given.pass(wanted, Given.instance(wanted, false, false), pending, null))
            .report()
            .orElseThrow();
    assertEquals("Unschedulable", ready(report).getReason());
    assertTrue(report.status().message().contains("0/1 nodes"));
  }

  @Test
  void reportsNoLateAgentWhileTheOldPodEnds() {
    Report report =
        planner
            .plan(
                Given.pass(
                    wanted, running, Given.mounted(provider), Given.going(Given.running(consumer))))
            .report()
            .orElseThrow();
    assertEquals("ConsumerStarting", ready(report).getReason());
    assertTrue(report.status().message().contains("old pod"));
  }

  @Test
  void reportsAnAgentThatDoesNotAnswerUntilItDoes() {
    Pass late = planner.plan(Given.pass(wanted, running, Given.running(provider), consumer));
    Report report = late.report().orElseThrow();
    assertEquals("AgentNotResponding", ready(report).getReason());
    assertTrue(report.status().message().contains(Given.NODE));
    assertTrue(report.status().message().contains(ApiNames.AGENT_NAME));
    assertTrue(late.callAgain().isEmpty());
    expect(
        Given.pass(wanted, running, Given.mounted(provider), Given.ready(consumer)),
        StoppableContainerPhase.RUNNING,
        InstancePhase.RUNNING,
        "Running");
  }

  @Test
  void startsAPassWhenTheAgentIsLate() {
    Pass pass = patient.plan(Given.pass(wanted, running, Given.running(provider), consumer));
    assertEquals("ProviderStarting", ready(pass.report().orElseThrow()).getReason());
    assertEquals(Duration.ofSeconds(20), pass.callAgain().orElseThrow());
  }

  @Test
  void showsTheAgentsRefusals() {
    Pod refused =
        Given.with(
            Given.running(provider),
            ApiNames.POD_CONDITION_MOUNTED,
            "False",
            "UpperUnsupported",
            "nfs");
    expect(
        Given.pass(wanted, running, refused, consumer),
        StoppableContainerPhase.PENDING,
        InstancePhase.PROVIDER_STARTING,
        "UpperUnsupported");
    Pod notAttached =
        Given.with(
            Given.running(consumer),
            ApiNames.POD_CONDITION_ATTACHED,
            "False",
            "PivotFailed",
            "why");
    expect(
        Given.pass(wanted, running, Given.mounted(provider), notAttached),
        StoppableContainerPhase.PROVIDER_READY,
        InstancePhase.CONSUMER_STARTING,
        "PivotFailed");
  }

  @Test
  void treatsAWaitAfterARestartAsNoRefusal() {
    Pod attaching =
        Given.with(
            Given.running(consumer),
            ApiNames.POD_CONDITION_ATTACHED,
            "False",
            AgentReason.ATTACHING.wire(),
            "not mounted yet");
    expect(
        Given.pass(wanted, running, Given.mounted(provider), attaching),
        StoppableContainerPhase.PROVIDER_READY,
        InstancePhase.CONSUMER_STARTING,
        "ConsumerStarting");
    Pod mounting =
        Given.with(
            Given.running(provider),
            ApiNames.POD_CONDITION_MOUNTED,
            "False",
            AgentReason.MOUNTING.wire(),
            "the rootfs container does not run yet");
    expect(
        Given.pass(wanted, running, mounting, attaching),
        StoppableContainerPhase.PENDING,
        InstancePhase.PROVIDER_STARTING,
        "ProviderStarting");
  }

  @Test
  void showsTheAgentsLastFailure() {
    Given.reported(
        running,
        new AgentReport(
            new AgentReport.Mount(false, "b", null),
            null,
            null,
            null,
            new AgentReport.Failure("LayersChanged", "why")));
    expect(
        Given.pass(wanted, running, Given.running(provider), consumer),
        StoppableContainerPhase.PENDING,
        InstancePhase.PROVIDER_STARTING,
        "LayersChanged");
  }

  @ParameterizedTest
  @CsvSource({
    "NotEnoughSpace, The container is running. It does not grow: why",
    "StorageSizeUnsupported, The container is running. It does not grow: why",
    "RequestNotAllowed, The container is running."
  })
  void saysWhyARunningContainerDoesNotGrow(String reason, String message) {
    Given.reported(
        running,
        new AgentReport(
            new AgentReport.Mount(true, "b", "sha256:1"),
            null,
            null,
            null,
            new AgentReport.Failure(reason, "why")));
    Pass pass = Given.pass(wanted, running, Given.mounted(provider), Given.ready(consumer));
    Report report = planner.plan(pass).report().orElseThrow();
    assertEquals("True", ready(report).getStatus());
    assertEquals(message, report.status().message());
  }

  @Test
  void isFailedOnlyWithATerminalProblem() {
    Pass pass = Given.pass(wanted, null, null, null);
    expect(
        pass.fail(new Problem(ConditionReason.HOST_PATH_PREFIX_NOT_ALLOWED, "no", true)),
        StoppableContainerPhase.FAILED,
        InstancePhase.FAILED,
        "HostPathPrefixNotAllowed");
    Pass refused = pass.fail(new Problem(ConditionReason.POD_REFUSED, "quota", false));
    expect(refused, StoppableContainerPhase.PENDING, InstancePhase.PENDING, "PodRefused");
    assertTrue(refused.isRetried());
  }

  @Test
  void staysReadyWhenItsTemplateBecomesInvalid() {
    Pass pass =
        Given.pass(wanted, running, Given.mounted(provider), Given.ready(consumer))
            .fail(new Problem(ConditionReason.INVALID_TEMPLATE, "spec.template: no", true));
    expect(pass, StoppableContainerPhase.RUNNING, InstancePhase.RUNNING, "Running");
  }

  @Test
  void reportsThatANewImageIsNotApplied() {
    StoppableContainer changed =
        Given.sc("{running: true, template: {container: {image: 'image:2'}}}");
    Report report =
        planner
            .plan(Given.pass(changed, running, Given.mounted(provider), Given.ready(consumer)))
            .report()
            .orElseThrow();
    assertEquals("True", condition(report, "ImageChanged").orElseThrow().getStatus());
    assertEquals("True", ready(report).getStatus());
  }

  @Test
  void reportsThatAChangedTemplateNeedsARestart() {
    assertEquals(Optional.empty(), condition(reportOn(wanted, consumer), "RestartRequired"));
    StoppableContainer changed =
        Given.sc("{running: true, template: {container: {image: 'image:1', command: [other]}}}");
    assertEquals(
        "TemplateChanged",
        condition(reportOn(changed, consumer), "RestartRequired").orElseThrow().getReason());
    // A pod that is ending, has ended, or has no hash of an older operator shows nothing.
    Pod without =
        new PodBuilder(consumer).editMetadata().withAnnotations(null).endMetadata().build();
    for (Pod pod :
        List.of(Given.going(consumer), Given.ended(consumer, "Succeeded", null), without)) {
      assertEquals(Optional.empty(), condition(reportOn(changed, pod), "RestartRequired"));
    }
  }

  @Test
  void reportsRestartsAndTheLastExitAlsoWhileStopped() {
    Pod restarted =
        new PodBuilder(Given.ready(consumer))
            .editStatus()
            .editFirstContainerStatus()
            .withRestartCount(2)
            .withNewLastState()
            .withNewTerminated()
            .withExitCode(137)
            .withReason("OOMKilled")
            .withFinishedAt("2026-01-01T00:00:10Z")
            .endTerminated()
            .endLastState()
            .endContainerStatus()
            .endStatus()
            .build();
    StoppableContainerStatus status = reportOn(wanted, restarted).status();
    assertEquals(2, status.restartCount());
    LastExit exit = new LastExit(137, "OOMKilled", "2026-01-01T00:00:10Z", 9);
    assertEquals(exit, status.lastExit());

    wanted.setStatus(status);
    StoppableContainerStatus stopped = reportOn(wanted, null).status();
    assertEquals(2, stopped.restartCount());
    assertEquals(exit, stopped.lastExit());
    StoppableContainerStatus again = reportOn(wanted, consumer).status();
    assertEquals(0, again.restartCount());
    assertEquals(exit, again.lastExit());
  }

  @Test
  void reportsTheMainContainerAndNotTheWebhooks() {
    Pod pod =
        new PodBuilder(Given.ready(Given.changedByWebhooks(consumer)))
            .editStatus()
            .editMatchingContainerStatus(container -> "main".equals(container.getName()))
            .withRestartCount(1)
            .withNewLastState()
            .withNewTerminated()
            .withExitCode(7)
            .endTerminated()
            .endLastState()
            .endContainerStatus()
            .endStatus()
            .build();
    StoppableContainerStatus status = reportOn(wanted, pod).status();
    assertEquals(1, status.restartCount());
    assertEquals(7, status.lastExit().exitCode());
  }

  @Test
  void reportsTheLastStartAlsoWhileStoppedAndStarting() {
    Pod runs =
        new PodBuilder(Given.ready(consumer))
            .editStatus()
            .editFirstContainerStatus()
            .withNewState()
            .withNewRunning("2026-01-01T00:00:10Z")
            .endState()
            .endContainerStatus()
            .endStatus()
            .build();
    StoppableContainerStatus status = reportOn(wanted, runs).status();
    assertEquals("2026-01-01T00:00:10Z", status.lastStart());
    wanted.setStatus(status);
    assertEquals(status.lastStart(), reportOn(wanted, null).status().lastStart());
    assertEquals(status.lastStart(), reportOn(wanted, consumer).status().lastStart());
  }

  @Test
  void reportsASelectorThatDoesNotChooseTheNode() {
    StoppableContainer late =
        Given.sc(
            """
            running: true
            provider: {nodeSelector: {disk: ssd}}
            template: {container: {image: 'image:1', command: [run]}}
            """);
    assertTrue(placement(late, Map.of("disk", "ssd", "zone", "a")).isEmpty());
    Condition placed = placement(late, Map.of("disk", "hdd")).orElseThrow();
    assertEquals("NodeFixed", placed.getReason());
    assertTrue(placed.getMessage().contains("spec.provider.nodeSelector"), placed.getMessage());
  }

  private Optional<Condition> placement(StoppableContainer sc, Map<String, String> labels) {
    Pass pass =
        Given.on(
            new ClusterNodes(
                Map.of(Given.NODE, "amd64"), Map.of(), Map.of(Given.NODE, labels), Map.of()),
            Given.pass(sc, running, Given.mounted(provider), null));
    return condition(planner.plan(pass).report().orElseThrow(), "PlacementNotApplied");
  }

  @Test
  void reportsANodeThatIsCordonedOrNotReady() {
    Pass well = Given.pass(wanted, running, Given.mounted(provider), Given.ready(consumer));
    for (ConditionReason trouble :
        List.of(ConditionReason.NODE_CORDONED, ConditionReason.NODE_NOT_READY)) {
      Observation seen = well.observed();
      Pass pass =
          Pass.begin(
              new Observation(
                  seen.key(),
                  seen.at(),
                  seen.resource(),
                  seen.instance(),
                  seen.provider(),
                  seen.consumer(),
                  new ClusterNodes(Map.of(Given.NODE, "amd64"), Map.of(Given.NODE, trouble))));
      Report report = planner.plan(pass).report().orElseThrow();
      assertEquals(trouble.wire(), condition(report, "NodeUnavailable").orElseThrow().getReason());
      // What runs there goes on.
      assertEquals("True", ready(report).getStatus());
    }
    assertEquals(
        Optional.empty(), condition(planner.plan(well).report().orElseThrow(), "NodeUnavailable"));
  }

  @Test
  void reportsAFullDiskAndRecordsItOnce() {
    Given.reported(
        running,
        new AgentReport(new AgentReport.Mount(true, "b", null), null, "NoSpaceLeft", null, null));
    Report report = reportOn(wanted, Given.ready(consumer));
    assertEquals("NoSpaceLeft", condition(report, "DiskPressure").orElseThrow().getReason());
    assertEquals("True", ready(report).getStatus());
    assertTrue(report.events().stream().anyMatch(e -> e.reason().equals("NoSpaceLeft")));

    wanted.setStatus(report.status());
    Report again = reportOn(wanted, Given.ready(consumer));
    assertEquals(List.of(), again.events());
    assertTrue(condition(again, "DiskPressure").isPresent());

    Given.reported(
        running, new AgentReport(new AgentReport.Mount(true, "b", null), null, null, null, null));
    assertEquals(
        Optional.empty(), condition(reportOn(wanted, Given.ready(consumer)), "DiskPressure"));
  }

  private Report reportOn(StoppableContainer sc, Pod pod) {
    return planner
        .plan(Given.pass(sc, running, Given.mounted(provider), pod))
        .report()
        .orElseThrow();
  }

  @Test
  void reportsTheStepOfADeletionAndALateAgent() {
    StoppableContainer gone = Given.deleting(Given.sc(true));
    StoppableContainerInstance sci = Given.deleting(Given.instance(gone, false, true));
    Pass seen = Given.pass(gone, sci, null, null);
    Pass pass = new DeletePlanner().plan(seen);
    assertEquals(
        "AgentNotResponding", ready(planner.plan(pass).report().orElseThrow()).getReason());
    Pass inTime = patient.plan(pass);
    assertEquals("Deleting", ready(inTime.report().orElseThrow()).getReason());
    assertEquals(Duration.ofSeconds(20), inTime.callAgain().orElseThrow());
  }

  @Test
  void changesTransitionTimesOnlyWithTheStatusAndRepeatsNoEvent() {
    Pass seen = Given.pass(wanted, running, Given.mounted(provider), Given.ready(consumer));
    Report first = planner.plan(seen).report().orElseThrow();
    assertEquals(List.of("Started"), first.events().stream().map(PlannedEvent::reason).toList());
    wanted.setStatus(first.status());
    Observation later =
        new Observation(
            seen.observed().key(),
            Given.NOW.plusSeconds(100),
            seen.observed().resource(),
            seen.observed().instance(),
            seen.observed().provider(),
            seen.observed().consumer(),
            seen.observed().nodes());
    Report second = planner.plan(Pass.begin(later)).report().orElseThrow();
    assertEquals(first.status(), second.status());
    assertEquals(List.of(), second.events());
    Report third =
        planner
            .plan(Pass.begin(later.withConsumer(Optional.of(Given.attached(consumer)))))
            .report()
            .orElseThrow();
    assertEquals("2026-01-01T00:02:40Z", ready(third).getLastTransitionTime());
    assertEquals(first.status().since(), third.status().since());
    Report fourth =
        planner.plan(Pass.begin(later.withConsumer(Optional.of(consumer)))).report().orElseThrow();
    assertEquals("2026-01-01T00:02:40Z", fourth.status().since());
  }

  @Test
  void leavesTheAgentsPartAsItIs() {
    AgentReport report = Given.synced(1);
    Given.reported(running, report);
    assertEquals(
        report,
        planner
            .plan(Given.pass(wanted, running, provider, null))
            .report()
            .orElseThrow()
            .instanceStatus()
            .orElseThrow()
            .agent());
    assertNull(Given.instance(wanted, true, true).getStatus());
  }
}
