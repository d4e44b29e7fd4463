package top.xtlsoft.stoppablecontainer.operator.pass;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;

/**
 * The nodes as far as they matter here.
 *
 * @param architectureByNode architecture of each node of the cluster, by the node's name; empty for
 *     a node that has not reported it yet
 * @param troubleByNode why nothing is started on a node, by its name, for those where it is so
 * @param labelsByNode labels of each node, by its name
 */
public record ClusterNodes(
    Map<String, String> architectureByNode,
    Map<String, ConditionReason> troubleByNode,
    Map<String, Map<String, String>> labelsByNode) {

  public ClusterNodes {
    architectureByNode = Map.copyOf(architectureByNode);
    troubleByNode = Map.copyOf(troubleByNode);
    labelsByNode = Map.copyOf(labelsByNode);
  }

  /** Nodes without labels. */
  public ClusterNodes(
      Map<String, String> architectureByNode, Map<String, ConditionReason> troubleByNode) {
    this(architectureByNode, troubleByNode, Map.of());
  }

  /** Whether a node has all these labels; not one that is unknown. */
  public boolean isChosenBy(Map<String, String> nodeSelector, String nodeName) {
    return labelsByNode
        .getOrDefault(nodeName, Map.of())
        .entrySet()
        .containsAll(nodeSelector.entrySet());
  }

  /** Whether the node is still a member of the cluster. */
  public boolean has(String nodeName) {
    return architectureByNode.containsKey(nodeName);
  }

  /** Architecture of a node; empty for one that has not reported it yet, or is unknown. */
  public Optional<String> architecture(String nodeName) {
    return Optional.ofNullable(architectureByNode.get(nodeName)).filter(name -> !name.isEmpty());
  }

  /** Why nothing is started on a node; empty for one that is well, or unknown. */
  public Optional<ConditionReason> trouble(String nodeName) {
    return Optional.ofNullable(troubleByNode.get(nodeName));
  }

  /** All architectures of the cluster. */
  public Set<String> architectures() {
    return architectureByNode.values().stream()
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }
}
