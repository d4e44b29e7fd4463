package top.xtlsoft.stoppablecontainer.e2e.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** The node of a file system, in a cluster of several nodes. */
@ClusterTest
@Isolated
@Tag("disruptive")
class PlacementE2E {

  private static final String GPU = "example.com/gpu";

  /** A node without a kubelet, emptier than any other: what is free to choose goes there. */
  private static final String EMPTY_NODE = "empty-node";

  @Test
  void theFirstStartChoosesANodeWithAllThatTheContainerAsksFor(TestNamespace ns) {
    String node = ClusterEnv.get().nodeNames().getFirst();
    KubernetesClient client = ns.client();
    try {
      offer(client, client.nodes().withName(node).get(), GPU, new Quantity("1"));
      makeEmptyNode(client);

      String box =
          ns.create(
              Fixture.of("container.yaml")
                  .with(
                      "      command:",
                      "      resources: {limits: {" + GPU + ": 1}}\n      command:"));
      ns.awaitRunning(box);
      assertEquals(node, ns.status(box).nodeName());
      assertEquals(node, ns.getPod(box + "-provider").getSpec().getNodeName());
      assertEquals(node, ns.sci(box).get().getSpec().nodeName());

      step("a selector that comes too late");
      ns.patch(box, "{\"spec\":{\"provider\":{\"nodeSelector\":{\"disk\":\"ssd\"}}}}");
      Condition late =
          TestNamespace.condition(
                  TestNamespace.await(
                      ns.sc(box),
                      "PlacementNotApplied",
                      sc -> TestNamespace.condition(sc, "PlacementNotApplied").isPresent(),
                      Timeouts.CONDITION),
                  "PlacementNotApplied")
              .orElseThrow();
      assertEquals("NodeFixed", late.getReason());

      step("more than the node has");
      ns.stopAndWait(box);
      ns.patch(
          box,
          "{\"spec\":{\"template\":{\"container\":{\"resources\":{\"limits\":{\""
              + GPU
              + "\":2}}}}}}");
      ns.start(box);
      String message = ns.awaitNotReady(box, "Unschedulable", Timeouts.CONDITION).getMessage();
      assertTrue(message.contains("Node " + node + ", which keeps the file system"), message);
    } finally {
      client.nodes().withName(EMPTY_NODE).delete();
      ns.kubectl(
              "delete",
              "pods",
              "-n",
              ApiNames.OPERATOR_NAMESPACE,
              "--field-selector=spec.nodeName=" + EMPTY_NODE,
              "--force")
          .ok();
      offer(client, client.nodes().withName(node).get(), GPU, new Quantity("0"));
      SystemPods.awaitAgents(client);
    }
  }

  private static void offer(KubernetesClient client, Node node, String name, Quantity quantity) {
    client
        .nodes()
        .resource(node)
        .editStatus(
            seen ->
                new NodeBuilder(seen)
                    .editStatus()
                    .addToCapacity(name, quantity)
                    .addToAllocatable(name, quantity)
                    .endStatus()
                    .build());
  }

  private static void makeEmptyNode(KubernetesClient client) {
    Map<String, Quantity> room =
        Map.of(
            "cpu", new Quantity("64"), "memory", new Quantity("64Gi"), "pods", new Quantity("110"));
    client
        .nodes()
        .resource(
            new NodeBuilder()
                .withNewMetadata()
                .withName(EMPTY_NODE)
                .addToLabels("kubernetes.io/hostname", EMPTY_NODE)
                .addToLabels("kubernetes.io/os", "linux")
                .endMetadata()
                .build())
        .create();
    // The node controllers write it, too.
    Awaitility.await()
        .atMost(Timeouts.CONDITION)
        .ignoreException(KubernetesClientException.class)
        .untilAsserted(
            () ->
                client
                    .nodes()
                    .withName(EMPTY_NODE)
                    .editStatus(
                        seen ->
                            new NodeBuilder(seen)
                                .editOrNewStatus()
                                .withCapacity(room)
                                .withAllocatable(room)
                                .addNewCondition()
                                .withType("Ready")
                                .withStatus("True")
                                .withReason("KubeletReady")
                                .endCondition()
                                .endStatus()
                                .build()));
    TestNamespace.await(
        client.nodes().withName(EMPTY_NODE),
        "open to pods",
        seen -> seen.getSpec().getTaints().isEmpty(),
        Timeouts.CONDITION);
  }
}
