package top.xtlsoft.stoppablecontainer.operator.pass;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;

/**
 * The part of the nodes that planners read.
 *
 * @param architectureByNode architecture of each node of the cluster, by the node's name; empty for
 *     a node that has not reported it yet
 * @param troubleByNode why no pod starts on a node, by the node's name; healthy nodes are absent
 * @param labelsByNode labels of each node, by its name
 * @param bootByNode the boot that each node reports, by its name; absent when it reports none
 */
public record ClusterNodes(
    Map<String, String> architectureByNode,
    Map<String, ConditionReason> troubleByNode,
    Map<String, Map<String, String>> labelsByNode,
    Map<String, Boot> bootByNode) {

  /**
   * A boot of a node.
   *
   * @param id the kernel's random/boot_id
   * @param reportedAt when kubelet reported it, by the node's clock, or some time later
   */
  public record Boot(String id, Instant reportedAt) {}

  public ClusterNodes {
    architectureByNode = Map.copyOf(architectureByNode);
    troubleByNode = Map.copyOf(troubleByNode);
    labelsByNode = Map.copyOf(labelsByNode);
    bootByNode = Map.copyOf(bootByNode);
  }

  /** Nodes without labels that report no boot. */
  public ClusterNodes(
      Map<String, String> architectureByNode, Map<String, ConditionReason> troubleByNode) {
    this(architectureByNode, troubleByNode, Map.of(), Map.of());
  }

  /** Whether a node has all these labels; false for an unknown node. */
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

  /** Architecture of a node; empty when the node is unknown or has not reported it. */
  public Optional<String> architecture(String nodeName) {
    return Optional.ofNullable(architectureByNode.get(nodeName)).filter(name -> !name.isEmpty());
  }

  /** Why no pod starts on a node; empty when the node is healthy or unknown. */
  public Optional<ConditionReason> trouble(String nodeName) {
    return Optional.ofNullable(troubleByNode.get(nodeName));
  }

  /** The boot that a node reports; empty when the node is unknown or reports none. */
  public Optional<Boot> boot(String nodeName) {
    return Optional.ofNullable(bootByNode.get(nodeName));
  }

  /** All architectures of the cluster. */
  public Set<String> architectures() {
    return architectureByNode.values().stream()
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }
}
