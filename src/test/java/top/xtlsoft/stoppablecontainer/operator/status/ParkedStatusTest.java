package top.xtlsoft.stoppablecontainer.operator.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.InstancePhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.operator.pass.ClusterNodes;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Parking;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;
import top.xtlsoft.stoppablecontainer.operator.pass.Report;

class ParkedStatusTest {

  private final StatusPlanner planner =
      new StatusPlanner(Duration.ofSeconds(15), Duration.ZERO, new HashMap<>());
  private final StoppableContainer stopped = sc("image: image:1");
  private final StoppableContainerInstance instance =
      Given.reported(Given.instance(stopped, false, true), Given.synced(2));
  private final Pod provider = Given.mounted(Given.provider(stopped, instance));
  private final Pod parked =
      new PodBuilder(Given.consumer(stopped, instance))
          .editMetadata()
          .addToAnnotations(ApiNames.ANNOTATION_PARKED, "2")
          .endMetadata()
          .build();

  private static StoppableContainer sc(String container) {
    return Given.sc(
        "running: false\nwhenStopped: Park\ntemplate: {container: {%s}}\n".formatted(container));
  }

  private Pass pass(@Nullable Pod consumer) {
    return Given.pass(stopped, instance, provider, consumer);
  }

  private Report report(Pass pass) {
    return planner.plan(pass).report().orElseThrow();
  }

  private String condition(Pass pass) {
    return find(report(pass)).map(c -> c.getStatus() + " " + c.getReason()).orElse("absent");
  }

  private static Optional<Condition> find(Report report) {
    return report.status().conditions().stream()
        .filter(c -> "Parked".equals(c.getType()))
        .findFirst();
  }

  @Test
  void isStoppedAsIfThereWereNoPod() {
    Pod restarted =
        new PodBuilder(Given.running(parked))
            .editStatus()
            .editContainerStatus(0)
            .withRestartCount(3)
            .endContainerStatus()
            .endStatus()
            .build();
    Report with = report(pass(restarted));
    Report without = report(pass(null));
    assertEquals(StoppableContainerPhase.STOPPED, with.status().phase());
    assertEquals(InstancePhase.STOPPED, with.instanceStatus().orElseThrow().phase());
    assertNull(with.status().consumerPodName());
    assertEquals(without.status().restartCount(), with.status().restartCount());
    assertEquals(without.status().message(), with.status().message());
    assertEquals(without.instanceStatus(), with.instanceStatus());
    assertEquals(without.events(), with.events());
    assertTrue(
        with.status().conditions().stream().noneMatch(c -> "Ready".equals(c.getType())),
        "a false Ready is work in progress");
  }

  @Test
  void saysHowFarThePodIs() {
    assertEquals("False PodStarting", condition(pass(null)));
    assertEquals("False PodStarting", condition(pass(parked)));
    assertEquals("True PodWaits", condition(pass(Given.running(parked))));
    assertEquals("False PodStarting", condition(pass(Given.going(Given.running(parked)))));
    Pass replaced = pass(Given.running(parked)).decide(new Decision.DeleteConsumer("outdated"));
    assertEquals("False PodStarting", condition(replaced));
    assertEquals(
        "False ImagePullFailed", condition(pass(Given.waiting(parked, "ErrImagePull", "none"))));
    assertEquals(
        "False Unschedulable",
        condition(pass(Given.with(parked, "PodScheduled", "False", "Unschedulable", "no cpu"))));
  }

  @Test
  void saysWhyNoPodCanWait() {
    Problem refused = new Problem(ConditionReason.POD_REFUSED, "a quota", false);
    Pass pass = pass(null).leaveUnparked(refused);
    assertEquals("False PodRefused", condition(pass));
    assertTrue(pass.isRetried());
    assertEquals(StoppableContainerPhase.STOPPED, report(pass).status().phase());
    StoppableContainer probed = sc("image: 'image:1', livenessProbe: {tcpSocket: {port: 80}}");
    assertEquals("False NotParkable", condition(Given.pass(probed, instance, provider, null)));
    ClusterNodes cordoned =
        new ClusterNodes(
            Map.of(Given.NODE, "amd64"), Map.of(Given.NODE, ConditionReason.NODE_CORDONED));
    assertEquals("False NodeCordoned", condition(Given.on(cordoned, pass(null))));
  }

  @Test
  void saysWhyThePodHoldsAllThatItRequests() {
    StoppableContainer shrinking =
        Given.sc(
            """
            running: false
            whenStopped: Park
            park: {resources: Shrink}
            template: {container: {image: 'image:1', resources: {requests: {cpu: 1}}}}
            """);
    Pod waits =
        new PodBuilder(Given.running(parked))
            .editMetadata()
            .withGeneration(1L)
            .endMetadata()
            .editSpec()
            .editFirstContainer()
            .withNewResources()
            .addToRequests("cpu", new Quantity("10m"))
            .endResources()
            .endContainer()
            .endSpec()
            .editStatus()
            .withObservedGeneration(1L)
            .endStatus()
            .build();
    Pass pass = Given.pass(shrinking, instance, provider, waits);
    assertEquals("True PodWaits", condition(pass));
    assertEquals(
        "True ResourcesKept", condition(pass.leaveUnparked(Parking.kept("a limit range"))));
    Pod infeasible = Given.with(waits, "PodResizePending", "True", "Infeasible", "static CPUs");
    Condition why =
        find(report(Given.pass(shrinking, instance, provider, infeasible))).orElseThrow();
    assertEquals("ResourcesKept", why.getReason());
    assertTrue(why.getMessage().endsWith("Infeasible: static CPUs."), why.getMessage());
    assertEquals("True PodWaits", condition(pass(infeasible)), "Keep is no promise of it");
  }

  @Test
  void saysNothingOfAContainerThatIsNotStopped() {
    Given.reported(instance, Given.synced(1));
    assertEquals("absent", condition(pass(null)));
    StoppableContainer released = Given.sc(false);
    Given.reported(instance, Given.synced(2));
    assertEquals("absent", condition(Given.pass(released, instance, provider, null)));
  }
}
