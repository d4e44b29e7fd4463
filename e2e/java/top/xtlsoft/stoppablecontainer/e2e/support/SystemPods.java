package top.xtlsoft.stoppablecontainer.e2e.support;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.readiness.Readiness;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** The pods of operator and agents, for tests that remove them. */
public final class SystemPods {

  private static final String NOWHERE = "stoppablecontainer-e2e/nowhere";

  private SystemPods() {}

  /** Runs an action while no node has an agent, then waits until all nodes have one. */
  public static void withoutAgents(KubernetesClient client, Runnable body) {
    List<Pod> agents = pods(client, ApiNames.AGENT_NAME);
    step("keep agents off all nodes");
    selectNode(client, "\"nowhere\"");
    try {
      agents.forEach(pod -> TestNamespace.awaitGone(client.pods().resource(pod), Timeouts.POD));
      body.run();
    } finally {
      step("let agents on all nodes");
      selectNode(client, "null");
      awaitAgents(client);
    }
  }

  /** Deletes all agents' pods and waits until they are gone, but not for their successors. */
  public static void deleteAgents(KubernetesClient client) {
    delete(client, ApiNames.AGENT_NAME);
  }

  /** Deletes the operator's pods and waits until they are gone, but not for their successors. */
  public static void deleteOperator(KubernetesClient client) {
    delete(client, ApiNames.OPERATOR_NAME);
  }

  /** Waits until each node has an agent, which is ready, and no other agent is left. */
  public static void awaitAgents(KubernetesClient client) {
    TestNamespace.await(
        agents(client),
        "an agent ready on every node",
        set ->
            set != null
                && Objects.equals(
                    set.getStatus().getObservedGeneration(), set.getMetadata().getGeneration())
                && set.getStatus().getDesiredNumberScheduled() > 0
                && Objects.equals(
                    set.getStatus().getNumberReady(), set.getStatus().getDesiredNumberScheduled())
                && Objects.equals(
                    set.getStatus().getUpdatedNumberScheduled(),
                    set.getStatus().getDesiredNumberScheduled()),
        Timeouts.POD);
    // A node that has just left counts for a while.
    awaitOnly(
        client,
        ApiNames.AGENT_NAME,
        () -> agents(client).get().getStatus().getDesiredNumberScheduled());
  }

  /** Waits until all operators that are to be are ready, and no other operator is left. */
  public static void awaitOperator(KubernetesClient client) {
    TestNamespace.await(
        operator(client),
        "the operator ready",
        deployment ->
            deployment != null
                && Objects.equals(
                    deployment.getStatus().getObservedGeneration(),
                    deployment.getMetadata().getGeneration())
                && Objects.equals(
                    deployment.getStatus().getReadyReplicas(), deployment.getSpec().getReplicas()),
        Timeouts.POD);
    awaitOnly(client, ApiNames.OPERATOR_NAME, () -> operator(client).get().getSpec().getReplicas());
  }

  /**
   * The status of a workload still counts a pod that has just been deleted, and does not count one
   * that is about to end.
   */
  private static void awaitOnly(KubernetesClient client, String owner, IntSupplier count) {
    Awaitility.await("as many pods of %s as are to be, all of them ready".formatted(owner))
        .atMost(Timeouts.POD)
        .until(
            () -> {
              List<Pod> pods = pods(client, owner);
              return pods.size() == count.getAsInt()
                  && pods.stream()
                      .allMatch(
                          pod ->
                              !pod.isMarkedForDeletion() && Readiness.getInstance().isReady(pod));
            });
  }

  /** Runs an action with agents of another image name, then rolls back to the old one. */
  public static void withOtherAgentImage(KubernetesClient client, Runnable body) {
    String image = agentContainer(client).getImage();
    String other = image.replaceFirst(":[^:/]*$", "") + ":other";
    ClusterEnv.get().nameImage(image, other);
    step("roll the agents from %s to %s", image, other);
    useAgentImage(client, other);
    try {
      body.run();
    } finally {
      useAgentImage(client, image);
    }
  }

  /** Runs an action with agents that are privileged, then takes that from them again. */
  public static void withPrivilegedAgents(KubernetesClient client, Runnable body) {
    Object before = agentContainer(client).getSecurityContext();
    step("run privileged agents");
    useAgentRights(
        client, Map.of("privileged", true, "readOnlyRootFilesystem", true, "runAsUser", 0));
    try {
      body.run();
    } finally {
      useAgentRights(client, before);
    }
  }

  private static Container agentContainer(KubernetesClient client) {
    return agents(client).get().getSpec().getTemplate().getSpec().getContainers().getFirst();
  }

  private static void useAgentRights(KubernetesClient client, Object securityContext) {
    agents(client)
        .patch(
            PatchContext.of(PatchType.JSON),
            Serialization.asJson(
                List.of(
                    Map.of(
                        "op",
                        "replace",
                        "path",
                        "/spec/template/spec/containers/0/securityContext",
                        "value",
                        securityContext))));
    awaitAgents(client);
  }

  private static void useAgentImage(KubernetesClient client, String image) {
    agents(client)
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"agent\",\"image\":\"%s\"}]}}}}"
                .formatted(image));
    awaitAgents(client);
  }

  /** Runs an action with this number of operators, then restores the previous number. */
  public static void withOperators(KubernetesClient client, int replicas, Runnable body) {
    int before = operator(client).get().getSpec().getReplicas();
    step("run %d operators", replicas);
    operator(client).scale(replicas);
    try {
      awaitOperator(client);
      body.run();
    } finally {
      operator(client).scale(before);
      awaitOperator(client);
    }
  }

  /** Runs an action while there is no operator, then waits until there is one. */
  public static void withoutOperator(KubernetesClient client, Runnable body) {
    int before = operator(client).get().getSpec().getReplicas();
    List<Pod> operators = pods(client, ApiNames.OPERATOR_NAME);
    step("run no operator");
    operator(client).scale(0);
    try {
      operators.forEach(pod -> TestNamespace.awaitGone(client.pods().resource(pod), Timeouts.POD));
      body.run();
    } finally {
      operator(client).scale(before);
      awaitOperator(client);
    }
  }

  /** Runs an action while templates may name a runtime class. */
  public static void withRuntimeClass(KubernetesClient client, String name, Runnable body) {
    withoutOperator(client, () -> allowRuntimeClasses(client, name));
    try {
      body.run();
    } finally {
      withoutOperator(client, () -> allowRuntimeClasses(client, ""));
    }
  }

  private static void allowRuntimeClasses(KubernetesClient client, String names) {
    operator(client)
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"manager\",\"env\":[{\"name\":\"SC_ALLOWED_RUNTIME_CLASSES\",\"value\":\"%s\"}]}]}}}}"
                .formatted(names));
  }

  /** Deletes the lease: a restored cluster backup has none. */
  public static void deleteLease(KubernetesClient client) {
    lease(client).delete();
  }

  /** Waits until the leader has made this number of passes since its start. */
  public static void awaitPasses(KubernetesClient client, int many) {
    Pod leader = leader(client);
    try (MetricsReader reader = MetricsReader.create(client)) {
      Awaitility.await("the operator has made " + many + " passes")
          .atMost(Timeouts.MANY)
          .until(() -> passes(reader, leader) >= many);
    }
  }

  /** Waits until the leader's work queue is empty. */
  public static void awaitIdle(KubernetesClient client) {
    Pod leader = leader(client);
    AtomicReference<Double> last = new AtomicReference<>(-1.0);
    try (MetricsReader reader = MetricsReader.create(client)) {
      Awaitility.await("the operator makes no more passes")
          .atMost(Timeouts.MANY)
          .pollInterval(Duration.ofSeconds(3))
          .until(
              () -> {
                double now = passes(reader, leader);
                return last.getAndSet(now) == now;
              });
    }
  }

  private static double passes(MetricsReader reader, Pod leader) {
    return reader
        .read(leader)
        .lines()
        .filter(line -> line.startsWith("camel_exchanges_total{"))
        .filter(line -> line.contains("routeId=\"sc-reconcile\""))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** All pods of operator and agents; tests make other pods in their namespace. */
  public static List<Pod> all(KubernetesClient client) {
    return Stream.of(ApiNames.OPERATOR_NAME, ApiNames.AGENT_NAME)
        .flatMap(owner -> pods(client, owner).stream())
        .toList();
  }

  /** The only pod of operator or agent. */
  public static Pod only(KubernetesClient client, String owner) {
    List<Pod> pods = pods(client, owner);
    if (pods.size() != 1) {
      throw new AssertionError("not one pod of " + owner + " but " + pods.size());
    }
    return pods.getFirst();
  }

  /** The logs of operator or agents, one pod after the other. */
  public static String log(KubernetesClient client, String owner) {
    return pods(client, owner).stream()
        .map(pod -> client.pods().resource(pod).getLog())
        .collect(Collectors.joining());
  }

  /** The pod of the leading operator; the lease can name one that is gone for a while. */
  public static Pod leader(KubernetesClient client) {
    return Awaitility.await("the lease is held by a pod that is there")
        .atMost(Timeouts.LEADER)
        .until(() -> holder(client, lease(client).get()), Optional::isPresent)
        .orElseThrow();
  }

  private static Optional<Pod> holder(KubernetesClient client, @Nullable Lease lease) {
    return Optional.ofNullable(lease)
        .filter(SystemPods::isHeld)
        .map(
            held ->
                client
                    .pods()
                    .inNamespace(ApiNames.OPERATOR_NAMESPACE)
                    .withName(held.getSpec().getHolderIdentity())
                    .get());
  }

  /** Waits until another operator leads. */
  public static void awaitOtherLeader(KubernetesClient client, Pod old) {
    String name = old.getMetadata().getName();
    Lease lease =
        TestNamespace.await(
            lease(client),
            "held by another than " + name,
            found -> isHeld(found) && !name.equals(found.getSpec().getHolderIdentity()),
            Timeouts.LEADER);
    step("%s leads", lease.getSpec().getHolderIdentity());
  }

  /** The ID of the only container of an operator's or agent's pod, without the runtime's name. */
  public static String containerId(Pod pod) {
    return pod.getStatus()
        .getContainerStatuses()
        .getFirst()
        .getContainerID()
        .replaceFirst(".*://", "");
  }

  /** Waits until a pod's container has been replaced or the pod is gone. */
  public static void awaitContainerGone(KubernetesClient client, Pod pod, String containerId) {
    TestNamespace.await(
        client.pods().resource(pod),
        "without container " + containerId,
        p ->
            p == null
                || p.getStatus().getContainerStatuses().stream()
                    .noneMatch(
                        s ->
                            s.getContainerID() != null
                                && s.getContainerID().endsWith(containerId)
                                && s.getState().getRunning() != null),
        Timeouts.POD);
  }

  /** Waits until a pod runs in another container than this one. */
  public static void awaitOtherContainer(KubernetesClient client, Pod pod, String containerId) {
    TestNamespace.await(
        client.pods().resource(pod),
        "in another container than " + containerId,
        p ->
            p != null
                && p.getStatus().getContainerStatuses().stream()
                    .anyMatch(
                        s ->
                            s.getState().getRunning() != null
                                && !s.getContainerID().endsWith(containerId)),
        Timeouts.POD);
  }

  private static Resource<Lease> lease(KubernetesClient client) {
    return client
        .resources(Lease.class)
        .inNamespace(ApiNames.OPERATOR_NAMESPACE)
        .withName(ApiNames.OPERATOR_NAME);
  }

  private static boolean isHeld(@Nullable Lease lease) {
    return lease != null
        && lease.getSpec().getHolderIdentity() != null
        && !lease.getSpec().getHolderIdentity().isEmpty();
  }

  private static Resource<DaemonSet> agents(KubernetesClient client) {
    return client
        .apps()
        .daemonSets()
        .inNamespace(ApiNames.OPERATOR_NAMESPACE)
        .withName(ApiNames.AGENT_NAME);
  }

  private static RollableScalableResource<Deployment> operator(KubernetesClient client) {
    return client
        .apps()
        .deployments()
        .inNamespace(ApiNames.OPERATOR_NAMESPACE)
        .withName(ApiNames.OPERATOR_NAME);
  }

  private static void selectNode(KubernetesClient client, String value) {
    agents(client)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"template\":{\"spec\":{\"nodeSelector\":{\"%s\":%s}}}}}"
                .formatted(NOWHERE, value));
  }

  private static void delete(KubernetesClient client, String owner) {
    for (Pod pod : pods(client, owner)) {
      step("delete pod %s", pod.getMetadata().getName());
      var resource = client.pods().resource(pod);
      resource.delete();
      TestNamespace.awaitGone(resource, Timeouts.POD);
    }
  }

  private static List<Pod> pods(KubernetesClient client, String owner) {
    return LogCheck.systemPods(client).stream()
        .filter(pod -> pod.getMetadata().getName().startsWith(owner + "-"))
        .toList();
  }
}
