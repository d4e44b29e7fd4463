package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.NodeSystemInfo;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.operator.pass.ClusterNodes;
import top.xtlsoft.stoppablecontainer.operator.pass.ClusterNodes.Boot;
import top.xtlsoft.stoppablecontainer.operator.pass.PodFacts;

/**
 * The cached nodes, and a summary of them for the planners. Each pass reads the summary, which
 * changes seldom, so it is made again only after a change: otherwise all passes together would cost
 * nodes times resources.
 */
final class NodeStore extends TrimmingItemStore<Node> {

  /**
   * Taints by which the Cluster Autoscaler (utils/taints) and Karpenter (pkg/apis/v1, and v1beta1)
   * mark a node that they are about to remove.
   */
  private static final Set<String> REMOVAL_TAINTS =
      Set.of("ToBeDeletedByClusterAutoscaler", "karpenter.sh/disrupted", "karpenter.sh/disruption");

  private final AtomicLong changes = new AtomicLong();
  private final AtomicReference<Gathered> gathered =
      new AtomicReference<>(new Gathered(-1, new ClusterNodes(Map.of(), Map.of())));

  private record Gathered(long changes, ClusterNodes nodes) {}

  @Override
  public Node put(String key, Node node) {
    Node old = super.put(key, node);
    boolean same =
        old != null
            && architecture(old).equals(architecture(node))
            && trouble(old).equals(trouble(node))
            && bootId(old).equals(bootId(node))
            && labels(old).equals(labels(node));
    if (!same) {
      changes.incrementAndGet();
    }
    return old;
  }

  @Override
  public Node remove(String key) {
    Node old = super.remove(key);
    changes.incrementAndGet();
    return old;
  }

  /** The summary of all nodes. */
  ClusterNodes nodes() {
    // Read before the nodes: a node that changes meanwhile causes a new summary next time.
    long now = changes.get();
    Gathered last = gathered.get();
    if (last.changes() == now) {
      return last.nodes();
    }
    ClusterNodes nodes = gather();
    gathered.set(new Gathered(now, nodes));
    return nodes;
  }

  private ClusterNodes gather() {
    Map<String, String> architectures = new HashMap<>();
    Map<String, ConditionReason> troubles = new HashMap<>();
    Map<String, Map<String, String>> labels = new HashMap<>();
    Map<String, Boot> boots = new HashMap<>();
    values()
        .forEach(
            node -> {
              String name = node.getMetadata().getName();
              architectures.put(name, architecture(node));
              labels.put(name, labels(node));
              trouble(node).ifPresent(reason -> troubles.put(name, reason));
              boot(node).ifPresent(boot -> boots.put(name, boot));
            });
    return new ClusterNodes(architectures, troubles, labels, boots);
  }

  /** Why no pod starts on a node, the worst reason first; empty for a healthy node. */
  static Optional<ConditionReason> trouble(Node node) {
    if (isBeingRemoved(node)) {
      return Optional.of(ConditionReason.NODE_BEING_REMOVED);
    }
    boolean ready =
        node.getStatus() == null
            || node.getStatus().getConditions().stream()
                .noneMatch(c -> "Ready".equals(c.getType()) && !"True".equals(c.getStatus()));
    if (!ready) {
      return Optional.of(ConditionReason.NODE_NOT_READY);
    }
    return node.getSpec() != null && Boolean.TRUE.equals(node.getSpec().getUnschedulable())
        ? Optional.of(ConditionReason.NODE_CORDONED)
        : Optional.empty();
  }

  private static boolean isBeingRemoved(Node node) {
    return node.isMarkedForDeletion()
        || (node.getSpec() != null
            && node.getSpec().getTaints().stream()
                .anyMatch(taint -> REMOVAL_TAINTS.contains(taint.getKey())));
  }

  /** The boot that kubelet reported with its last heartbeat. */
  static Optional<Boot> boot(Node node) {
    return bootId(node)
        .flatMap(
            id ->
                node.getStatus().getConditions().stream()
                    .filter(c -> "Ready".equals(c.getType()))
                    .map(NodeCondition::getLastHeartbeatTime)
                    .map(PodFacts::instant)
                    .flatMap(Optional::stream)
                    .findFirst()
                    .map(heartbeat -> new Boot(id, heartbeat)));
  }

  private static Optional<String> bootId(Node node) {
    return Optional.ofNullable(node.getStatus())
        .map(NodeStatus::getNodeInfo)
        .map(NodeSystemInfo::getBootID);
  }

  private static Map<String, String> labels(Node node) {
    return Optional.ofNullable(node.getMetadata().getLabels()).orElse(Map.of());
  }

  private static String architecture(Node node) {
    return node.getStatus() == null || node.getStatus().getNodeInfo() == null
        ? ""
        : node.getStatus().getNodeInfo().getArchitecture();
  }
}
