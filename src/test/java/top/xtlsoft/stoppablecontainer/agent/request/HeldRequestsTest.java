package top.xtlsoft.stoppablecontainer.agent.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.FakeCaches;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;

/** Pods that wait for the start of their container. */
@EnableKubernetesMockClient
class HeldRequestsTest {

  private static final String KEY = "ns/box";

  private final HeldRequests held = new HeldRequests();
  private final FakeCaches caches = new FakeCaches();
  private KubernetesClient client;
  private AgentPods pods;

  @BeforeEach
  void start() {
    pods = caches.pods(client, AgentSettings.from(Map.of("NODE_NAME", "node1")));
  }

  private static Pod pod(String name, @Nullable String parked) {
    return new PodBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace("ns")
        .withAnnotations(parked == null ? null : Map.of(ApiNames.ANNOTATION_PARKED, parked))
        .withOwnerReferences(
            new OwnerReferenceBuilder()
                .withApiVersion(ApiNames.GROUP + "/v1alpha1")
                .withKind("StoppableContainerInstance")
                .withName("box")
                .withUid("uid")
                .withController(true)
                .build())
        .endMetadata()
        .build();
  }

  private StoppableContainerInstance instance(boolean running, long generation) {
    StoppableContainerInstance instance = new StoppableContainerInstance();
    instance.setMetadata(
        new ObjectMetaBuilder()
            .withName("box")
            .withNamespace("ns")
            .withUid("uid")
            .withGeneration(generation)
            .build());
    instance.setSpec(
        new StoppableContainerInstanceSpec(
            "node1", ApiNames.DEFAULT_HOST_PATH_PREFIX, "image:1", running));
    caches.put(instance);
    return instance;
  }

  private void requireHeld(Pod pod) {
    NotYetException wait =
        assertThrows(NotYetException.class, () -> pods.instanceOf(pod, RequestType.ATTACH));
    assertFalse(wait.tryAgain(), "the event of the start ends it");
  }

  @Test
  void attachWaitsUntilTheInstanceRuns() {
    instance(false, 2);
    requireHeld(pod("box", "2"));
    instance(true, 3);
    assertEquals("box", pods.instanceOf(pod("box", "2"), RequestType.ATTACH).name());
  }

  @Test
  void providerPodMountsForAStoppedInstance() {
    instance(false, 2);
    assertEquals("box", pods.instanceOf(pod("box-provider", null), RequestType.MOUNT).name());
  }

  /**
   * An agent that starts may read an instance of before the stop from a cache of the API server.
   */
  @Test
  void parkedPodWaitsForAStartThatIsNewerThanItself() {
    instance(true, 1);
    requireHeld(pod("box", "2"));
    instance(true, 2);
    requireHeld(pod("box", "2"));
  }

  /** A user may write the annotation, which then keeps nothing back that the instance wants. */
  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "none", "99999999999999999999"})
  void readsAForeignAnnotation(String parked) {
    instance(true, 3);
    assertEquals("box", pods.instanceOf(pod("box", parked), RequestType.ATTACH).name());
  }

  @Test
  void eventOfTheStartBringsTheRequestBackOnce() {
    held.hold(KEY);
    assertFalse(held.isDue(KEY, instance(false, 2)), "it is still stopped");
    assertFalse(held.isDue("ns/other", instance(true, 3)));
    assertTrue(held.isDue(KEY, instance(true, 3)));
    assertFalse(held.isDue(KEY, instance(true, 3)), "the queue has it");
  }

  @Test
  void attachedPodIsNotAskedForAgain() {
    held.hold(KEY);
    held.release(KEY);
    assertFalse(held.isDue(KEY, instance(true, 3)));
  }
}
