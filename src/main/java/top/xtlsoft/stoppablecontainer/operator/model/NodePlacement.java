package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.NodeAffinity;
import io.fabric8.kubernetes.api.model.NodeAffinityBuilder;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.NodeSelectorBuilder;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirementBuilder;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.NodeSelectorTermBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Binds a pod to one node by affinity, so that the scheduler still checks all other rules. */
final class NodePlacement {

  private NodePlacement() {}

  /**
   * The user's affinity, restricted to one node. The terms of a node selector are alternatives, so
   * each term gets the node. A term without requirements matches no node; with the node added it
   * would match, so it is left out.
   */
  static Affinity onNode(@Nullable Affinity affinity, String nodeName) {
    Optional<NodeAffinity> nodeAffinity =
        Optional.ofNullable(affinity).map(Affinity::getNodeAffinity);
    List<NodeSelectorTerm> terms =
        nodeAffinity
            .map(NodeAffinity::getRequiredDuringSchedulingIgnoredDuringExecution)
            .map(NodeSelector::getNodeSelectorTerms)
            .orElse(List.of());
    List<NodeSelectorTerm> narrowed =
        terms.stream()
            .filter(NodePlacement::hasRequirements)
            .map(term -> new NodeSelectorTermBuilder(term).addToMatchFields(is(nodeName)).build())
            .toList();
    List<NodeSelectorTerm> required;
    if (terms.isEmpty()) {
      required = List.of(new NodeSelectorTermBuilder().addToMatchFields(is(nodeName)).build());
    } else {
      required = narrowed.isEmpty() ? terms : narrowed;
    }
    NodeAffinityBuilder narrowedAffinity =
        nodeAffinity.map(NodeAffinityBuilder::new).orElseGet(NodeAffinityBuilder::new);
    return (affinity == null ? new AffinityBuilder() : new AffinityBuilder(affinity))
        .withNodeAffinity(
            narrowedAffinity
                .withRequiredDuringSchedulingIgnoredDuringExecution(
                    new NodeSelectorBuilder().withNodeSelectorTerms(required).build())
                .build())
        .build();
  }

  /**
   * The user's affinity to nodes, without the affinity to pods: a user's pod that accepts no second
   * pod of its kind on a node must not keep its own provider away.
   */
  static @Nullable Affinity withoutPods(@Nullable Affinity affinity) {
    return affinity == null
        ? null
        : new AffinityBuilder().withNodeAffinity(affinity.getNodeAffinity()).build();
  }

  /** Puts a pod on the node of the pod that has these labels. */
  static Affinity beside(Map<String, String> labels) {
    return new AffinityBuilder()
        .withNewPodAffinity()
        .addNewRequiredDuringSchedulingIgnoredDuringExecution()
        .withTopologyKey("kubernetes.io/hostname")
        .withNewLabelSelector()
        .withMatchLabels(labels)
        .endLabelSelector()
        .endRequiredDuringSchedulingIgnoredDuringExecution()
        .endPodAffinity()
        .build();
  }

  private static boolean hasRequirements(NodeSelectorTerm term) {
    return !term.getMatchExpressions().isEmpty() || !term.getMatchFields().isEmpty();
  }

  private static NodeSelectorRequirement is(String nodeName) {
    return new NodeSelectorRequirementBuilder()
        .withKey("metadata.name")
        .withOperator("In")
        .withValues(nodeName)
        .build();
  }
}
