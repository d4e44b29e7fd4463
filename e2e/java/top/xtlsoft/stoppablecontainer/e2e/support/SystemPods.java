package top.xtlsoft.stoppablecontainer.e2e.support;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import java.util.Objects;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** The pods of operator and agents, for tests that take them away. */
public final class SystemPods {

  private static final String NOWHERE = "stoppablecontainer-e2e/nowhere";

  private SystemPods() {}

  /** Runs something while no node has an agent, and waits until all have one again. */
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

  /** Deletes all agents' pods and waits until they are gone, not for those that follow. */
  public static void deleteAgents(KubernetesClient client) {
    delete(client, ApiNames.AGENT_NAME);
  }

  /** Deletes the operator's pods and waits until they are gone, not for those that follow. */
  public static void deleteOperator(KubernetesClient client) {
    delete(client, ApiNames.OPERATOR_NAME);
  }

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
  }

  public static void awaitOperator(KubernetesClient client) {
    TestNamespace.await(
        operator(client),
        "the operator ready",
        deployment ->
            deployment != null
                && Objects.equals(
                    deployment.getStatus().getReadyReplicas(), deployment.getSpec().getReplicas()),
        Timeouts.POD);
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
