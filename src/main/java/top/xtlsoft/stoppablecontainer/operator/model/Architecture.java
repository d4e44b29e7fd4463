package top.xtlsoft.stoppablecontainer.operator.model;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The architecture of a pod's binaries, and whether the pod needs a selector of nodes that run
 * them.
 *
 * @param name architecture as nodes name it
 * @param selectorNeeded whether the operator must add a node selector
 */
public record Architecture(String name, boolean selectorNeeded) {

  /** Label with the architecture of a node. */
  public static final String LABEL = "kubernetes.io/arch";

  /** The architecture in a mixed cluster when neither the node nor the template decides. */
  private static final String FALLBACK = "amd64";

  /**
   * Chooses the architecture of the file system's node, else the one in the template's selector,
   * else the only one of the cluster; in a mixed cluster the fallback, with a selector.
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
