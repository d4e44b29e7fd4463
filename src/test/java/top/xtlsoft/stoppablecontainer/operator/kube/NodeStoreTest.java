package top.xtlsoft.stoppablecontainer.operator.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.operator.pass.ClusterNodes;
import top.xtlsoft.stoppablecontainer.operator.pass.ClusterNodes.Boot;

class NodeStoreTest {

  private final NodeStore store = new NodeStore();

  private static NodeBuilder node(String name, String architecture) {
    return new NodeBuilder()
        .withNewMetadata()
        .withName(name)
        .endMetadata()
        .withNewStatus()
        .withNewNodeInfo()
        .withArchitecture(architecture)
        .endNodeInfo()
        .endStatus();
  }

  private static NodeBuilder ready(NodeBuilder node, String ready, String heartbeat) {
    return node.editStatus()
        .addNewCondition()
        .withType("Ready")
        .withStatus(ready)
        .withLastHeartbeatTime(heartbeat)
        .endCondition()
        .endStatus();
  }

  private void put(NodeBuilder builder) {
    Node node = builder.build();
    store.put(node.getMetadata().getName(), node);
  }

  @Test
  void reportsEachNode() {
    put(ready(node("well", "amd64"), "True", "1"));
    put(ready(node("sick", "arm64"), "False", "1"));
    ClusterNodes nodes = store.nodes();
    assertEquals(Set.of("amd64", "arm64"), nodes.architectures());
    assertEquals(Optional.empty(), nodes.trouble("well"));
    assertEquals(Optional.of(ConditionReason.NODE_NOT_READY), nodes.trouble("sick"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ToBeDeletedByClusterAutoscaler",
        "karpenter.sh/disrupted",
        "karpenter.sh/disruption"
      })
  void reportsANodeThatAnAutoscalerRemoves(String taint) {
    put(ready(node("one", "amd64"), "True", "1"));
    ClusterNodes before = store.nodes();
    put(
        ready(node("one", "amd64"), "True", "1")
            .withNewSpec()
            .withUnschedulable(true)
            .addNewTaint("NoSchedule", taint, null, null)
            .endSpec());
    assertNotSame(before, store.nodes());
    assertEquals(Optional.of(ConditionReason.NODE_BEING_REMOVED), store.nodes().trouble("one"));
  }

  @Test
  void knowsWhichNodesASelectorChooses() {
    put(node("one", "amd64").editMetadata().addToLabels("disk", "ssd").endMetadata());
    assertTrue(store.nodes().isChosenBy(Map.of("disk", "ssd"), "one"));
    put(node("one", "amd64").editMetadata().addToLabels("disk", "hdd").endMetadata());
    assertFalse(store.nodes().isChosenBy(Map.of("disk", "ssd"), "one"));
  }

  @Test
  void keepsTheSummaryAfterAHeartbeat() {
    put(ready(node("one", "amd64"), "True", "1"));
    ClusterNodes before = store.nodes();
    put(ready(node("one", "amd64"), "True", "2"));
    assertSame(before, store.nodes());
  }

  @Test
  void noticesANodeWithAProblem() {
    put(ready(node("one", "amd64"), "True", "1"));
    ClusterNodes before = store.nodes();
    put(ready(node("one", "amd64"), "Unknown", "1"));
    assertNotSame(before, store.nodes());
    assertEquals(Optional.of(ConditionReason.NODE_NOT_READY), store.nodes().trouble("one"));
  }

  @Test
  void noticesANodeThatReportsItsArchitecture() {
    put(new NodeBuilder().withNewMetadata().withName("one").endMetadata());
    assertEquals(Optional.empty(), store.nodes().architecture("one"));
    assertEquals(Set.of(), store.nodes().architectures());
    put(node("one", "arm64"));
    assertEquals(Optional.of("arm64"), store.nodes().architecture("one"));
  }

  @Test
  void noticesANodeThatLeaves() {
    put(node("one", "amd64"));
    store.nodes();
    store.remove("one");
    assertFalse(store.nodes().has("one"));
  }

  @Test
  void seesThatANodeHasBooted() {
    put(ready(bootOf("one"), "True", "2026-01-01T00:00:01Z"));
    assertEquals(
        Optional.of(new Boot("one", Instant.parse("2026-01-01T00:00:01Z"))),
        store.nodes().boot("node"));
    put(ready(bootOf("two"), "True", "2026-01-01T00:00:09Z"));
    assertEquals(
        Optional.of(new Boot("two", Instant.parse("2026-01-01T00:00:09Z"))),
        store.nodes().boot("node"));
    assertEquals(Optional.empty(), store.nodes().boot("another"));
  }

  private static NodeBuilder bootOf(String id) {
    return node("node", "amd64")
        .editStatus()
        .editNodeInfo()
        .withBootID(id)
        .endNodeInfo()
        .endStatus();
  }
}
