package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.net.HttpURLConnection;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;
import top.xtlsoft.stoppablecontainer.runtime.trace.TracedKeys;

@EnableKubernetesMockClient
class PodGatewayTest {

  private KubernetesMockServer server;
  private KubernetesClient client;

  private void refuseToResize() {
    server
        .expect()
        .patch()
        .withPath("/api/v1/namespaces/ns/pods/box/resize")
        .andReturn(
            HttpURLConnection.HTTP_FORBIDDEN,
            new StatusBuilder()
                .withCode(HttpURLConnection.HTTP_FORBIDDEN)
                .withMessage("exceeded quota: few")
                .build())
        .once();
  }

  @Test
  void aPodThatMayNotShrinkWaitsAsItIs() {
    StoppableContainer sc = Given.sc(false);
    StoppableContainerInstance instance = Given.instance(sc, false, true);
    refuseToResize();
    Pass pass =
        gateway()
            .shrinkParked(
                Given.pass(sc, instance, null, withUid(Given.consumer(sc, instance)))
                    .decide(new Decision.ShrinkParked(new ResourceRequirements())));
    assertTrue(pass.problem().isEmpty());
    Problem why = pass.unparked().orElseThrow();
    assertEquals(ConditionReason.RESOURCES_KEPT, why.reason());
    assertTrue(why.message().contains("exceeded quota: few"), why.message());
    assertFalse(pass.isRetried(), "the pod waits");
  }

  @Test
  void aPodThatMayNotGrowIsReplaced() {
    StoppableContainer sc = Given.sc(true);
    StoppableContainerInstance instance = Given.instance(sc, false, true);
    refuseToResize();
    server
        .expect()
        .delete()
        .withPath("/api/v1/namespaces/ns/pods/box")
        .andReturn(HttpURLConnection.HTTP_OK, new StatusBuilder().build())
        .once();
    gateway()
        .growParked(
            Given.pass(sc, instance, null, withUid(Given.consumer(sc, instance)))
                .decide(new Decision.GrowParked(new ResourceRequirements())));
    assertEquals(2, server.getRequestCount(), "the refusal, and the deletion");
  }

  private PodGateway gateway() {
    return new PodGateway(
        client,
        new OperatorCaches(client, new InformerGroup(), new TracedKeys(), Clock.systemUTC()),
        Clock.systemUTC());
  }

  private static Pod withUid(Pod pod) {
    pod.getMetadata().setUid("pod-uid");
    return pod;
  }

  @Test
  void stoppedContainerHasNoProblemWhenItsNextPodIsRefused() {
    StoppableContainer sc = Given.sc(false);
    StoppableContainerInstance instance = Given.instance(sc, false, true);
    Pod desired = Given.consumer(sc, instance);
    server
        .expect()
        .post()
        .withPath("/api/v1/namespaces/ns/pods")
        .andReturn(
            HttpURLConnection.HTTP_FORBIDDEN,
            new StatusBuilder()
                .withCode(HttpURLConnection.HTTP_FORBIDDEN)
                .withMessage("exceeded quota: few")
                .build())
        .once();
    Pass pass =
        gateway()
            .createParked(
                Given.pass(sc, instance, null, null)
                    .decide(new Decision.CreateParked(desired, "amd64")));
    assertTrue(pass.problem().isEmpty());
    assertEquals(ConditionReason.POD_REFUSED, pass.unparked().map(Problem::reason).orElseThrow());
    assertTrue(pass.isRetried(), "room may come");
  }
}
