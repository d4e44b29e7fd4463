package top.xtlsoft.stoppablecontainer.operator.model;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which binaries a pod gets, and whether its nodes must be narrowed to those that run them.
 *
 * @param name architecture as nodes name it
 * @param selectorNeeded whether the pod needs a node selector that it does not have yet
 */
public record Architecture(String name, boolean selectorNeeded) {

  /** Label by which nodes tell their architecture. */
  public static final String LABEL = "kubernetes.io/arch";

  /** What a cluster of several architectures gets when neither node nor template decides. */
  private static final String FALLBACK = "amd64";

  /**
   * Chooses for a pod: the node's where the file system has one, else the template's selector, else
   * the cluster's only one; in a mixed cluster the fallback, with a selector.
   */
  public static Architecture choose(
      Optional<String> ofNode, Map<String, String> nodeSelector, Set<String> ofCluster) {
    if (ofNode.isPresent()) {
      return new Architecture(ofNode.get(), false);
    }
    String selected = nodeSelector.get(LABEL);
    if (selected != null) {
      return new Architecture(selected, false);
    }
    if (ofCluster.size() == 1) {
      return new Architecture(ofCluster.iterator().next(), false);
    }
    return new Architecture(FALLBACK, ofCluster.size() > 1);
  }
}
