package top.xtlsoft.stoppablecontainer.operator.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.IdleOrder;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.operator.model.ConsumerPodFactory;
import top.xtlsoft.stoppablecontainer.operator.model.InstanceFactory;
import top.xtlsoft.stoppablecontainer.operator.model.SourceSnapshotFactory;
import top.xtlsoft.stoppablecontainer.operator.pass.ClusterNodes;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.Stage;

class ParkPlannerTest {

  private final ParkPlanner planner =
      new ParkPlanner(new ConsumerPodFactory(), Given.BINARIES_PLANNER);

  private final StoppableContainer stopped = sc(false, "image: image:1");
  private final StoppableContainerInstance instance =
      Given.reported(Given.instance(stopped, false, true), Given.synced(2));

  private static StoppableContainer sc(boolean running, String container) {
    return Given.sc(
        """
        running: %s
        whenStopped: Park
        template: {container: {%s}}
        """
            .formatted(running, container));
  }

  /** The pod that the planner makes for the next start, as it waits. */
  private Pod parked() {
    var made = planner.plan(Given.pass(stopped, instance, null, null)).decision();
    Pod pod = assertInstanceOf(Decision.CreateParked.class, made).desired();
    return Given.running(
        new PodBuilder(pod)
            .editMetadata()
            .withUid("pod-uid")
            .withCreationTimestamp(Given.NOW.minusSeconds(40).toString())
            .endMetadata()
            .build());
  }

  private Pass on(StoppableContainer sc, @Nullable Pod consumer, ClusterNodes nodes) {
    return Given.on(nodes, Given.pass(sc, instance, null, consumer));
  }

  private static ClusterNodes troubled(ConditionReason trouble) {
    return new ClusterNodes(Map.of(Given.NODE, "amd64"), Map.of(Given.NODE, trouble));
  }

  @Nested
  class Stopped {

    @Test
    void makesThePodForThisGenerationOfTheInstance() {
      Pod pod = parked();
      assertEquals("2", pod.getMetadata().getAnnotations().get(ApiNames.ANNOTATION_PARKED));
      Observation seen = Given.pass(stopped, instance, null, pod).observed();
      assertTrue(seen.parked().isPresent());
      assertTrue(seen.consumer().isEmpty(), "the container is stopped all the same");
      assertTrue(Stage.of(seen).isSynced());
    }

    @Test
    void waitsUntilAllIsOnDisk() {
      Given.reported(instance, Given.synced(1));
      assertEquals("nothing", planner.plan(Given.pass(stopped, instance, null, null)).verb());
    }

    @Test
    void waitsUntilThePodOfTheLastStartIsGone() {
      Pod last = Given.consumer(stopped, instance);
      assertEquals("nothing", planner.plan(Given.pass(stopped, instance, null, last)).verb());
      assertEquals(
          "deleteConsumer",
          new ReleasePlanner().plan(Given.pass(stopped, instance, null, last)).verb());
    }

    @Test
    void leavesAPodThatWaits() {
      assertEquals("nothing", planner.plan(Given.pass(stopped, instance, null, parked())).verb());
      Pass released = new ReleasePlanner().plan(Given.pass(stopped, instance, null, parked()));
      assertEquals("nothing", released.verb());
    }

    @Test
    void parksNothingWithRelease() {
      StoppableContainer release = Given.sc(false);
      assertEquals("nothing", planner.plan(Given.pass(release, instance, null, null)).verb());
      assertEquals(
          "deleteConsumer", planner.plan(Given.pass(release, instance, null, parked())).verb());
    }

    @Test
    void replacesAPodOfAnotherTemplate() {
      StoppableContainer changed = sc(false, "image: 'image:1', env: [{name: A, value: b}]");
      Pass pass = planner.plan(Given.pass(changed, instance, null, parked()));
      assertEquals("deleteConsumer", pass.verb());
      assertEquals("the template was changed while it waited", pass.decision().why());
      Pass next = planner.plan(Given.pass(changed, instance, null, Given.going(parked())));
      assertEquals("await", next.verb());
    }

    @Test
    void replacesALostPodAfterAMoment() {
      Pod evicted = Given.ended(parked(), "Failed", "Evicted");
      Pass pass = planner.plan(Given.pass(stopped, instance, null, evicted));
      assertEquals("deleteConsumer", pass.verb());
      Pod young =
          new PodBuilder(evicted)
              .editMetadata()
              .withCreationTimestamp(Given.NOW.minusSeconds(1).toString())
              .endMetadata()
              .build();
      Pass wait = planner.plan(Given.pass(stopped, instance, null, young));
      assertEquals("await", wait.verb());
      assertTrue(wait.callAgain().isPresent());
    }

    @Test
    void replacesAPodWhoseContainerWasStartedAgain() {
      Pod restarted =
          new PodBuilder(parked())
              .editStatus()
              .editContainerStatus(0)
              .withRestartCount(1)
              .withNewLastState()
              .withNewTerminated()
              .withExitCode(255)
              .endTerminated()
              .endLastState()
              .endContainerStatus()
              .endStatus()
              .build();
      Pass pass = planner.plan(Given.pass(stopped, instance, null, restarted));
      assertEquals("its container has ended while it waited", pass.decision().why());
    }

    @ParameterizedTest
    @EnumSource(
        value = ConditionReason.class,
        names = {"NODE_CORDONED", "NODE_BEING_REMOVED"})
    void givesUpThePodOnANodeThatIsBeingEmptied(ConditionReason trouble) {
      assertEquals("deleteConsumer", planner.plan(on(stopped, parked(), troubled(trouble))).verb());
      assertEquals("nothing", planner.plan(on(stopped, null, troubled(trouble))).verb());
    }

    @Test
    void leavesThePodOnANodeThatDoesNotReport() {
      Pass pass = planner.plan(on(stopped, parked(), troubled(ConditionReason.NODE_NOT_READY)));
      assertEquals("await", pass.verb());
    }
  }

  @Nested
  class Started {

    private final StoppableContainer wanted = sc(true, "image: image:1");
    private final ConsumerPlanner consumers =
        new ConsumerPlanner(new ConsumerPodFactory(), Given.BINARIES_PLANNER);

    @Test
    void takesOneWriteOfTheInstance() {
      Pod pod = parked();
      var decision = consumers.plan(Given.pass(wanted, instance, null, pod)).decision();
      assertTrue(assertInstanceOf(Decision.AnnounceStart.class, decision).desired().running());
      instance.setSpec(instance.getSpec().withRunning(true));
      instance.getMetadata().setGeneration(3L);
      Observation running = Given.pass(wanted, instance, null, pod).observed();
      assertTrue(running.consumer().isPresent());
      assertTrue(running.parked().isEmpty());
      assertEquals("nothing", consumers.plan(Pass.begin(running)).verb());
    }

    /** Another change of the instance gives it a newer generation, too. */
    @Test
    void usesThePodAfterAnotherChangeOfTheInstance() {
      Pod pod = parked();
      instance.getMetadata().setGeneration(3L);
      assertEquals("announceStart", consumers.plan(Given.pass(wanted, instance, null, pod)).verb());
      StoppableContainer changed = sc(true, "image: 'image:1', env: [{name: A, value: b}]");
      assertEquals(
          "deleteConsumer", consumers.plan(Given.pass(changed, instance, null, pod)).verb());
    }

    @Test
    void takesWhatTheAgentIsToLookForWithTheStart() {
      StoppableContainer idle =
          Given.sc(
              """
              running: true
              whenStopped: Park
              idle: {after: 1h}
              template: {container: {image: 'image:1'}}
              """);
      Pass pass = Given.pass(idle, instance, null, parked());
      InstancePlanner instances =
          new InstancePlanner(new InstanceFactory(), new ClonePlanner(new SourceSnapshotFactory()));
      assertEquals("nothing", instances.plan(pass).verb(), "the pod waits for one write");
      var decision = consumers.plan(pass).decision();
      assertEquals(
          IdleOrder.of(idle),
          assertInstanceOf(Decision.AnnounceStart.class, decision).desired().idle());
    }

    @Test
    void makesAnotherPodIfTheOneThatWaitsIsNotTheWantedOne() {
      StoppableContainer changed = sc(true, "image: 'image:1', env: [{name: A, value: b}]");
      assertEquals(
          "deleteConsumer", consumers.plan(Given.pass(changed, instance, null, parked())).verb());
      Pod ended = Given.ended(parked(), "Failed", "Evicted");
      assertEquals(
          "deleteConsumer", consumers.plan(Given.pass(wanted, instance, null, ended)).verb());
      Pod going = Given.going(parked());
      assertEquals("await", consumers.plan(Given.pass(wanted, instance, null, going)).verb());
    }

    /** A cache may lack the stop that another operator has announced. */
    @Test
    void announcesItForAPodThatIsThere() {
      Pod consumer = Given.consumer(wanted, instance);
      assertEquals(
          "announceStart", consumers.plan(Given.pass(wanted, instance, null, consumer)).verb());
    }
  }

  /** A pod that holds less while it waits. */
  @Nested
  class Shrinking {

    private final ConsumerPlanner consumers =
        new ConsumerPlanner(new ConsumerPodFactory(), Given.BINARIES_PLANNER);

    private StoppableContainer sc(boolean running, String resources, String more) {
      return Given.sc(
          """
          running: %s
          whenStopped: Park
          park: {resources: %s}
          template: {container: {image: 'image:1', resources: {requests: {cpu: '1'}}%s}}
          """
              .formatted(running, resources, more));
    }

    private StoppableContainer sc(boolean running) {
      return sc(running, "Shrink", "");
    }

    /** As kubelet reports it. */
    private Pod requesting(StoppableContainer of, String cpu, long generation, long seen) {
      var made = planner.plan(Given.pass(of, instance, null, null)).decision();
      Pod pod = assertInstanceOf(Decision.CreateParked.class, made).desired();
      return Given.running(
          new PodBuilder(pod)
              .editMetadata()
              .withGeneration(generation)
              .endMetadata()
              .editSpec()
              .editFirstContainer()
              .withNewResources()
              .addToRequests("cpu", new Quantity(cpu))
              .endResources()
              .endContainer()
              .endSpec()
              .withNewStatus()
              .withObservedGeneration(seen)
              .endStatus()
              .build());
    }

    private Pod requesting(String cpu, long generation, long seen) {
      return requesting(sc(false), cpu, generation, seen);
    }

    private Pass stopped(Pod pod) {
      return planner.plan(Given.pass(sc(false), instance, null, pod));
    }

    private Pass started(Pod pod) {
      return consumers.plan(Given.pass(sc(true), instance, null, pod));
    }

    @Test
    void shrinksAPodOnceItWaits() {
      Pod pod = requesting("1", 1, 1);
      var decision = assertInstanceOf(Decision.ShrinkParked.class, stopped(pod).decision());
      assertEquals(Map.of("cpu", new Quantity("10m")), decision.desired().getRequests());
      Pod starting = new PodBuilder(pod).editStatus().withContainerStatuses().endStatus().build();
      assertEquals("nothing", stopped(starting).verb());
      assertEquals("nothing", stopped(requesting("10m", 2, 1)).verb(), "done");
    }

    @Test
    void shrinksAPodWhoseStartWasStoppedWhileItGrew() {
      Pod deferred =
          Given.with(requesting("1", 3, 3), "PodResizePending", "True", "Deferred", "no room");
      assertInstanceOf(Decision.ShrinkParked.class, stopped(deferred).decision());
    }

    @Test
    void shrinksNoPodThatCouldNotGrow() {
      Pod unreported = requesting("1", 1, 1);
      unreported.getStatus().setObservedGeneration(null);
      assertEquals("nothing", stopped(unreported).verb());
      assertEquals("nothing", stopped(requesting("300m", 1, 1)).verb(), "changed by others");
      StoppableContainer restarting =
          sc(
              false,
              "Shrink",
              ", resizePolicy: [{resourceName: cpu, restartPolicy: RestartContainer}]");
      Pod pod = requesting(restarting, "1", 1, 1);
      assertEquals("nothing", planner.plan(Given.pass(restarting, instance, null, pod)).verb());
    }

    @Test
    void replacesASmallPodThatIsToKeepAll() {
      StoppableContainer keeping = sc(false, "Keep", "");
      Pass small = planner.plan(Given.pass(keeping, instance, null, requesting("10m", 2, 2)));
      assertEquals("deleteConsumer", small.verb());
      Pass full = planner.plan(Given.pass(keeping, instance, null, requesting("1", 1, 1)));
      assertEquals("nothing", full.verb());
    }

    @Test
    void givesAllBackBeforeTheStartIsAnnounced() {
      Pass small = started(requesting("10m", 2, 2));
      var decision = assertInstanceOf(Decision.GrowParked.class, small.decision());
      assertEquals(Map.of("cpu", new Quantity("1")), decision.desired().getRequests());
      assertEquals("await", started(requesting("1", 3, 2)).verb(), "kubelet has not seen it");
      Pod growing = Given.with(requesting("1", 3, 3), "PodResizeInProgress", "True", null, null);
      assertEquals("await", started(growing).verb());
      assertEquals("announceStart", started(requesting("1", 3, 3)).verb());
    }

    @Test
    void replacesAPodForWhichTheNodeHasNoRoom() {
      Pod deferred =
          Given.with(
              requesting("1", 3, 3), "PodResizePending", "True", "Deferred", "not enough cpu");
      Pass pass = started(deferred);
      assertEquals("deleteConsumer", pass.verb());
      assertTrue(pass.decision().why().endsWith("Deferred: not enough cpu"), pass.decision().why());
      Pod failed =
          Given.with(requesting("1", 3, 3), "PodResizeInProgress", "True", "Error", "of runc");
      assertEquals("deleteConsumer", started(failed).verb());
      Pod ofTheShrink =
          Given.with(requesting("1", 3, 2), "PodResizePending", "True", "Infeasible", "");
      assertEquals("await", started(ofTheShrink).verb(), "it speaks of what was wanted before");
    }
  }

  @Nested
  class StoppedAgain {

    @Test
    void deletesThePodThatWasStarted() {
      Pod pod = parked();
      instance.setSpec(instance.getSpec().withRunning(true));
      instance.getMetadata().setGeneration(3L);
      assertEquals(
          "deleteConsumer",
          new ReleasePlanner().plan(Given.pass(stopped, instance, null, pod)).verb());
      assertEquals("nothing", planner.plan(Given.pass(stopped, instance, null, pod)).verb());
    }

    /** The cache may lack the start: the condition of the agent shows it, too. */
    @Test
    void takesNoAttachedPodForOneThatWaits() {
      Pod attached = Given.with(parked(), ApiNames.POD_CONDITION_ATTACHED, "True", "Attached", "");
      Observation seen = Given.pass(stopped, instance, null, attached).observed();
      assertTrue(seen.parked().isEmpty());
      assertFalse(Stage.of(seen).isSynced());
    }

    @Test
    void looksAtTheInstanceBeforeItTrustsTheCacheAfterANewStop() {
      Observation seen = Given.pass(stopped, instance, null, parked()).observed();
      assertTrue(seen.isStopUnconfirmed());
    }
  }

  @Nested
  class Deleted {

    @Test
    void deletesThePodThatWaits() {
      Pass pass =
          new DeletePlanner().plan(Given.pass(Given.deleting(stopped), instance, null, parked()));
      assertEquals("deletePods", pass.verb());
    }
  }
}
