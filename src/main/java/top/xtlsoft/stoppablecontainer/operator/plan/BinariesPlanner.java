package top.xtlsoft.stoppablecontainer.operator.plan;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.Provider;
import top.xtlsoft.stoppablecontainer.operator.model.Architecture;
import top.xtlsoft.stoppablecontainer.operator.model.BinConfigMapFactory;
import top.xtlsoft.stoppablecontainer.operator.model.NormalizedTemplate;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;

/** Chooses the binaries for the pods of one StoppableContainer. */
public final class BinariesPlanner {

  private final BinConfigMapFactory factory;

  public BinariesPlanner(BinConfigMapFactory factory) {
    this.factory = factory;
  }

  Architecture architecture(Observation observed, NormalizedTemplate template) {
    Optional<Map<String, String>> ofProvider =
        Optional.ofNullable(observed.sc().getSpec().provider()).map(Provider::nodeSelector);
    Optional<Map<String, String>> ofConsumer =
        Optional.ofNullable(template.pod().getNodeSelector());
    Map<String, String> selector = new HashMap<>();
    if (observed.isLedByConsumer()) {
      ofProvider.ifPresent(selector::putAll);
      ofConsumer.ifPresent(selector::putAll);
    } else {
      // The provider is placed first, by its own selector where it has one.
      selector.putAll(ofProvider.or(() -> ofConsumer).orElse(Map.of()));
    }
    return Architecture.choose(
        observed
            .nodeName()
            .or(() -> Optional.ofNullable(template.pod().getNodeName()))
            .flatMap(observed.nodes()::architecture),
        selector,
        observed.nodes().architectures());
  }

  /** The reason not to create a pod yet, or at all; empty when a pod can be created. */
  Optional<Decision.Rest> obstacle(Observation observed, NormalizedTemplate template) {
    Optional<String> silent =
        observed
            .nodeName()
            .filter(observed.nodes()::has)
            .filter(node -> observed.nodes().architecture(node).isEmpty());
    if (silent.isPresent()) {
      return Optional.of(
          new Decision.Await("node " + silent.get() + " to report its architecture"));
    }
    Architecture architecture = architecture(observed, template);
    return factory.architectures().contains(architecture.name())
        ? Optional.empty()
        : Optional.of(new Decision.Refuse(missing(architecture)));
  }

  String configMap(Architecture architecture) {
    return factory.name(architecture.name());
  }

  private Problem missing(Architecture architecture) {
    return new Problem(
        ConditionReason.ARCHITECTURE_NOT_SUPPORTED,
        "There are no binaries for nodes of "
            + architecture.name()
            + ". Choose one of "
            + String.join(", ", factory.architectures().stream().sorted().toList())
            + " with a node selector on "
            + Architecture.LABEL
            + ".",
        true);
  }
}
