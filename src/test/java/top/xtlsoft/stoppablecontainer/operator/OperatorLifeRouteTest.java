package top.xtlsoft.stoppablecontainer.operator;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.search.MeterNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckHelper;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.AttachedContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;

/** The shipped routes over an API server in memory; the test plays scheduler, kubelet and agent. */
@EnableKubernetesMockClient(crud = true)
class OperatorLifeRouteTest {

  private static final String NAMESPACE = RunningOperator.NAMESPACE;
  private static final Duration PATIENCE = RunningOperator.PATIENCE;

  private KubernetesClient client;
  private RunningOperator operator;
  @TempDir private Path binaries;

  @BeforeEach
  void start() throws IOException {
    operator = RunningOperator.start(client, binaries);
  }

  @AfterEach
  void stop() {
    operator.close();
  }

  @Test
  void createsStopsStartsAndDeletes() {
    create("box", "{running: true, template: {container: {image: 'image:1', command: [run]}}}");
    Pod consumer = untilPresent(Pod.class, "box");
    Pod provider = untilPresent(Pod.class, "box-provider");
    assertEquals(1, client.configMaps().inNamespace(NAMESPACE).list().getItems().size());

    change(consumer, pod -> new PodBuilder(pod).editSpec().withNodeName("node1").endSpec());
    until(
        StoppableContainerInstance.class,
        "box",
        sci -> "node1".equals(sci.getSpec().nodeName()) && sci.getSpec().running());
    change(provider, pod -> new PodBuilder(pod).editSpec().withNodeName("node1").endSpec());

    condition(provider, ApiNames.POD_CONDITION_MOUNTED);
    untilPhase(StoppableContainerPhase.PROVIDER_READY);
    attach(consumer);
    untilPhase(StoppableContainerPhase.RUNNING);

    run(false);
    untilGone(Pod.class, "box");
    until(StoppableContainerInstance.class, "box", sci -> !sci.getSpec().running());
    report();
    untilPhase(StoppableContainerPhase.STOPPED);
    // The operator counts a stop after it has written the phase.
    await().atMost(PATIENCE).until(() -> timer("stoppablecontainer.stop.duration") == 1);

    run(true);
    untilPresent(Pod.class, "box");
    assertTrue(instance().getSpec().running());

    client.resources(StoppableContainer.class).inNamespace(NAMESPACE).withName("box").delete();
    until(StoppableContainerInstance.class, "box", StoppableContainerInstance::isMarkedForDeletion);
    assertEquals(List.of(), client.pods().inNamespace(NAMESPACE).list().getItems());
    persist(
        () ->
            client
                .resource(instance())
                .edit(
                    sci -> {
                      sci.getMetadata().setFinalizers(List.of());
                      return sci;
                    }));
    // The last thing before the finalizer, which this API server can't drop by a merge patch.
    await()
        .atMost(PATIENCE)
        .until(() -> client.configMaps().inNamespace(NAMESPACE).list().getItems().isEmpty());
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                client.resources(Event.class).inNamespace(NAMESPACE).list().getItems().stream()
                    .map(Event::getReason)
                    .toList()
                    .containsAll(List.of("ProviderReady", "Started", "Stopped")));
    assertEquals(1, timer("stoppablecontainer.start.duration", "kind", "create"));
    assertEquals(0, timer("stoppablecontainer.start.duration", "kind", "start"));
    assertTrue(steps("provider", "createProvider") >= 1);
    assertTrue(steps("consumer", "createConsumer") >= 2);
    assertTrue(steps("release", "deleteConsumer") >= 1);
    assertTrue(steps("delete", "deleteInstance") >= 1);
    assertTrue(
        timer("stoppablecontainer.workqueue.work", "queue", "reconcile", "result", "done") > 0);
    assertEquals(
        HealthCheck.State.UP,
        health("workqueues", camel -> HealthCheckHelper.invokeLiveness(camel, "full")));
    assertEquals(
        HealthCheck.State.UP,
        health("informers", camel -> HealthCheckHelper.invokeReadiness(camel, "full")));
    assertEquals(1, meters().get("stoppablecontainer.leader").gauge().value());
  }

  @Test
  void startsAParkedPodByOneWriteOfTheInstanceAndDeletesItAtTheStop() {
    create(
        "box",
        "{running: true, whenStopped: Park,"
            + " template: {container: {image: 'image:1', command: [run]}}}");
    Pod first = untilPresent(Pod.class, "box");
    change(first, pod -> new PodBuilder(pod).editSpec().withNodeName("node1").endSpec());
    until(StoppableContainerInstance.class, "box", sci -> sci.getSpec().running());
    attach(first);
    untilPhase(StoppableContainerPhase.RUNNING);

    run(false);
    until(StoppableContainerInstance.class, "box", sci -> !sci.getSpec().running());
    report();
    Pod parked = until(Pod.class, "box", pod -> !isSame(pod, first));
    untilPhase(StoppableContainerPhase.STOPPED);
    assertTrue(parked.getMetadata().getAnnotations().containsKey(ApiNames.ANNOTATION_PARKED));

    run(true);
    until(StoppableContainerInstance.class, "box", sci -> sci.getSpec().running());
    attach(parked);
    untilPhase(StoppableContainerPhase.RUNNING);
    assertTrue(isSame(untilPresent(Pod.class, "box"), parked));

    run(false);
    until(StoppableContainerInstance.class, "box", sci -> !sci.getSpec().running());
    report();
    until(Pod.class, "box", pod -> !isSame(pod, parked));
    assertEquals(2, steps("park", "createParked"));
    assertEquals(1, steps("consumer", "announceStart"));
  }

  private static boolean isSame(Pod one, Pod other) {
    return one.getMetadata().getUid().equals(other.getMetadata().getUid());
  }

  private HealthCheck.State health(
      String id, Function<CamelContext, Collection<HealthCheck.Result>> checks) {
    return checks.apply(operator.camel()).stream()
        .filter(result -> result.getCheck().getId().equals(id))
        .map(HealthCheck.Result::getState)
        .findFirst()
        .orElseThrow();
  }

  private MeterRegistry meters() {
    return operator.camel().getRegistry().findSingleByType(MeterRegistry.class);
  }

  private long timer(String name, String... tags) {
    return meters().get(name).tags(tags).timer().count();
  }

  private double steps(String step, String result) {
    return meters()
        .get("stoppablecontainer.reconcile.steps")
        .tags("step", step, "result", result)
        .counter()
        .count();
  }

  @Test
  void createsNothingForAForbiddenPrefix() {
    create("box", "{running: true, hostPathPrefix: /etc, template: {container: {image: i}}}");
    untilPhase(StoppableContainerPhase.FAILED);
    assertEquals(List.of(), client.pods().inNamespace(NAMESPACE).list().getItems());
    assertEquals(
        List.of(),
        client
            .resources(StoppableContainerInstance.class)
            .inNamespace(NAMESPACE)
            .list()
            .getItems());
  }

  /** As two that are deleted side by side leave it, of which none was the last. */
  @Test
  void removesTheBinariesWhenTheLastOneIsGone() {
    client
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName("stoppablecontainer-bin-left")
                .withNamespace(NAMESPACE)
                .addToLabels(ApiNames.LABEL_MANAGED_BY, ApiNames.MANAGED_BY_VALUE)
                .endMetadata()
                .build())
        .create();
    create("box", "{running: true, hostPathPrefix: /etc, template: {container: {image: i}}}");
    untilPhase(StoppableContainerPhase.FAILED);
    client.resources(StoppableContainer.class).inNamespace(NAMESPACE).withName("box").delete();
    untilGone(ConfigMap.class, "stoppablecontainer-bin-left");
  }

  /** With {@code --cascade=orphan} the event of the deletion can overtake that of the owner. */
  @Test
  void keepsThePodsOfAnInstanceThatLostItsOwnerUnbeknownToTheCache() {
    create("box", "{running: true, template: {container: {image: i}}}");
    untilPresent(Pod.class, "box");
    untilPresent(Pod.class, "box-provider");
    operator
        .camel()
        .getRegistry()
        .findSingleByType(InformerGroup.class)
        .get("stoppablecontainerinstances")
        .stop();
    persist(
        () ->
            client
                .resource(instance())
                .edit(
                    sci -> {
                      sci.getMetadata().setOwnerReferences(List.of());
                      return sci;
                    }));
    client.resources(StoppableContainer.class).inNamespace(NAMESPACE).withName("box").delete();
    await()
        .atMost(PATIENCE)
        .ignoreException(MeterNotFoundException.class)
        .until(() -> steps("delete", "releaseResource") >= 1);
    assertEquals(2, client.pods().inNamespace(NAMESPACE).list().getItems().size());
    assertFalse(instance().isMarkedForDeletion());
  }

  @Test
  void leavesAPodOfAnotherOwnerAlone() {
    client
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName("box-provider")
                .withNamespace(NAMESPACE)
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .build())
        .create();
    create("box", "{running: true, template: {container: {image: i}}}");
    until(
        StoppableContainer.class,
        "box",
        sc ->
            sc.getStatus() != null
                && sc.getStatus().conditions() != null
                && "NameCollision".equals(sc.getStatus().conditions().getFirst().getReason()));
    Pod foreign = untilPresent(Pod.class, "box-provider");
    assertEquals(List.of(), foreign.getMetadata().getOwnerReferences());
    assertNull(foreign.getMetadata().getDeletionTimestamp());
  }

  @Test
  void rehearsesACreateWithoutAnyWrite() {
    new Rehearsal(client, "amd64").rehearse(operator.camel());
    assertEquals(List.of(), client.pods().inAnyNamespace().list().getItems());
    assertEquals(List.of(), client.configMaps().inAnyNamespace().list().getItems());
    assertEquals(
        List.of(),
        client.resources(StoppableContainerInstance.class).inAnyNamespace().list().getItems());
  }

  private void create(String name, String spec) {
    operator.create(name, "{}", spec);
  }

  private void run(boolean running) {
    client
        .resources(StoppableContainer.class)
        .inNamespace(NAMESPACE)
        .withName("box")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"running\":" + running + "}}");
  }

  private interface Change {
    PodBuilder of(Pod pod);
  }

  private void change(Pod pod, Change change) {
    persist(
        () ->
            client
                .pods()
                .inNamespace(NAMESPACE)
                .withName(pod.getMetadata().getName())
                .edit(seen -> change.of(seen).build()));
  }

  private void condition(Pod pod, String type) {
    persist(
        () ->
            client
                .pods()
                .inNamespace(NAMESPACE)
                .withName(pod.getMetadata().getName())
                .editStatus(
                    seen ->
                        new PodBuilder(seen)
                            .editOrNewStatus()
                            .addToConditions(
                                new PodConditionBuilder().withType(type).withStatus("True").build())
                            .endStatus()
                            .build()));
  }

  /** Kubelet's status of a container that runs, and the agent's word that it is attached. */
  private void attach(Pod pod) {
    AttachedContainer attached = new AttachedContainer("a".repeat(64), "b".repeat(36));
    persist(
        () ->
            client
                .pods()
                .inNamespace(NAMESPACE)
                .withName(pod.getMetadata().getName())
                .editStatus(
                    seen ->
                        new PodBuilder(seen)
                            .editOrNewStatus()
                            .addNewContainerStatus()
                            .withName(ApiNames.CONTAINER_DEFAULT)
                            .withContainerID("containerd://" + attached.id())
                            .withNewState()
                            .withNewRunning("2026-01-01T00:00:00Z")
                            .endState()
                            .endContainerStatus()
                            .addNewCondition()
                            .withType(ApiNames.POD_CONDITION_ATTACHED)
                            .withStatus("True")
                            .withMessage(attached.message())
                            .endCondition()
                            .addNewCondition()
                            .withType("Ready")
                            .withStatus("True")
                            .endCondition()
                            .endStatus()
                            .build()));
  }

  private void report() {
    persist(
        () ->
            client
                .resource(instance())
                .editStatus(
                    sci -> {
                      StoppableContainerInstanceStatus old = sci.getStatus();
                      sci.setStatus(
                          new StoppableContainerInstanceStatus(
                              old.phase(),
                              old.observedGeneration(),
                              old.message(),
                              old.conditions(),
                              old.providerPodName(),
                              old.consumerPodName(),
                              old.hostPath(),
                              old.imageID(),
                              new AgentReport(
                                  new AgentReport.Mount(true, "boot", "sha256:1"),
                                  sci.getMetadata().getGeneration(),
                                  null,
                                  null,
                                  null)));
                      return sci;
                    }));
  }

  private StoppableContainerInstance instance() {
    return client
        .resources(StoppableContainerInstance.class)
        .inNamespace(NAMESPACE)
        .withName("box")
        .get();
  }

  /** Writes as the others of a cluster do: again, when the operator was faster. */
  private static void persist(ThrowingRunnable write) {
    await().atMost(PATIENCE).ignoreException(KubernetesClientException.class).untilAsserted(write);
  }

  private void untilPhase(StoppableContainerPhase phase) {
    until(
        StoppableContainer.class,
        "box",
        sc -> sc.getStatus() != null && sc.getStatus().phase() == phase);
  }

  private <T extends HasMetadata> T untilPresent(Class<T> type, String name) {
    return until(type, name, found -> true);
  }

  private <T extends HasMetadata> T until(Class<T> type, String name, Predicate<T> wanted) {
    return await()
        .atMost(PATIENCE)
        .until(
            () -> client.resources(type).inNamespace(NAMESPACE).withName(name).get(),
            found -> found != null && wanted.test(found));
  }

  private <T extends HasMetadata> void untilGone(Class<T> type, String name) {
    await()
        .atMost(PATIENCE)
        .until(() -> client.resources(type).inNamespace(NAMESPACE).withName(name).get() == null);
  }
}
