package top.xtlsoft.stoppablecontainer.operator.plan;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.operator.model.Architecture;
import top.xtlsoft.stoppablecontainer.operator.model.NormalizedTemplate;
import top.xtlsoft.stoppablecontainer.operator.model.PinnedImage;
import top.xtlsoft.stoppablecontainer.operator.model.ProviderPodFactory;
import top.xtlsoft.stoppablecontainer.operator.model.ResourceMetadata;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.PodFacts;

/** Is the provider pod there and of use? It is wanted while the resource exists, running or not. */
public final class ProviderPlanner {

  /** How long a pod that was lost is left alone, so that a node that refuses it isn't pressed. */
  static final Duration REPLACE_AFTER = Duration.ofSeconds(10);

  /** How long what brings no event is awaited. */
  private static final Duration LOOK_AGAIN_AFTER = Duration.ofSeconds(5);

  private final ProviderPodFactory factory;
  private final BinariesPlanner binaries;

  public ProviderPlanner(ProviderPodFactory factory, BinariesPlanner binaries) {
    this.factory = factory;
    this.binaries = binaries;
  }

  /**
   * Makes a missing one, after the consumer pod where that chooses the node: the scheduler takes
   * pods one by one, and so has placed the consumer. Takes away one that is lost or that has an
   * image nobody wants any more.
   */
  public Pass plan(Pass pass) {
    Observation observed = pass.observed();
    StoppableContainerInstance instance = observed.instance().orElseThrow();
    boolean isConsumerThere =
        observed.consumer().filter(pod -> !new PodFacts(pod).isGoing()).isPresent();
    if (observed.provider().isEmpty() && observed.isLedByConsumer() && !isConsumerThere) {
      return pass.decide(new Decision.Nothing());
    }
    if (observed.provider().isEmpty()) {
      Pass made = pass.decide(create(observed, instance));
      return made.decision() instanceof Decision.Await ? made.again(LOOK_AGAIN_AFTER) : made;
    }
    Pod provider = observed.provider().get();
    PodFacts facts = new PodFacts(provider);
    if (!facts.isGoing() && ResourceMetadata.isOrphan(provider)) {
      return pass.decide(new Decision.DeleteProvider("it belongs to no instance"));
    }
    if (facts.isGoing()) {
      return pass.decide(new Decision.Await("the old provider pod to go"));
    }
    if (facts.isEnded()) {
      Optional<Duration> rest = rest(facts, observed);
      return rest.isPresent()
          ? pass.decide(new Decision.Await("a moment before the provider pod is replaced"))
              .again(rest.get())
          : pass.decide(new Decision.DeleteProvider("it has ended"));
    }
    if (facts.isFollowing() && !facts.isBound() && !observed.isWanted()) {
      return pass.decide(new Decision.DeleteProvider("there is no consumer pod for it to follow"));
    }
    boolean outdated =
        PinnedImage.isOutdated(
            instance, provider, facts.hasOtherImage(ApiNames.POD_CONDITION_MOUNTED));
    if (outdated) {
      return pass.decide(new Decision.DeleteProvider("it has another image than is wanted"));
    }
    return pass.decide(
        facts.isCorrected(NormalizedTemplate.of(observed.sc().getSpec().template()))
            ? new Decision.DeleteProvider("it could not start, and the template was changed since")
            : new Decision.Nothing());
  }

  static Optional<Duration> rest(PodFacts facts, Observation observed) {
    Duration rest = REPLACE_AFTER.minus(Duration.between(facts.createdAt(), observed.at()));
    return Optional.of(rest).filter(Duration::isPositive);
  }

  private Decision create(Observation observed, StoppableContainerInstance instance) {
    NormalizedTemplate template = NormalizedTemplate.of(observed.sc().getSpec().template());
    Optional<Decision> obstacle = binaries.obstacle(observed, template);
    if (obstacle.isPresent()) {
      return obstacle.get();
    }
    Architecture architecture = binaries.architecture(observed, template);
    return new Decision.CreateProvider(
        factory.provider(
            observed.sc(),
            instance,
            template,
            architecture,
            binaries.configMap(architecture),
            observed.isLedByConsumer()),
        architecture.name());
  }
}
