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
import top.xtlsoft.stoppablecontainer.operator.model.WakeListener;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.PodFacts;
import top.xtlsoft.stoppablecontainer.operator.pass.Stage;

/** Keeps a usable provider pod as long as the resource exists, running or not. */
public final class ProviderPlanner implements Planner<Decision.OfProvider> {

  /** How long a lost pod is kept, so that a node that refuses it is not flooded with pods. */
  static final Duration REPLACE_AFTER = Duration.ofSeconds(10);

  /** How long a wait without an event lasts. */
  private static final Duration LOOK_AGAIN_AFTER = Duration.ofSeconds(5);

  private final ProviderPodFactory factory;
  private final BinariesPlanner binaries;

  public ProviderPlanner(ProviderPodFactory factory, BinariesPlanner binaries) {
    this.factory = factory;
    this.binaries = binaries;
  }

  /**
   * Creates a missing provider, after the consumer pod where the consumer chooses the node: the
   * scheduler takes pods one by one, so it has placed the consumer by then. Deletes a provider that
   * is lost, that has an outdated image, or that listens for other connections than is wanted.
   */
  @Override
  public Decision.OfProvider decide(Observation observed) {
    StoppableContainerInstance instance = observed.instance().orElseThrow();
    if (observed.provider().isEmpty()) {
      boolean isConsumerThere =
          observed.consumer().filter(pod -> !new PodFacts(pod).isGoing()).isPresent();
      return observed.isLedByConsumer() && !isConsumerThere
          ? new Decision.Nothing()
          : create(observed, instance);
    }
    Pod provider = observed.provider().get();
    PodFacts facts = new PodFacts(provider);
    if (facts.isGoing()) {
      return new Decision.Await("the old provider pod to go");
    }
    if (ResourceMetadata.isOrphan(provider)) {
      return new Decision.DeleteProvider("it belongs to no instance");
    }
    if (facts.isEnded()) {
      return rest(facts, observed)
          .<Decision.OfProvider>map(
              new Decision.Await("a moment before the provider pod is replaced")::atMost)
          .orElseGet(() -> new Decision.DeleteProvider("it has ended"));
    }
    if (facts.isFollowing() && !facts.isBound() && !observed.isPodWanted()) {
      return new Decision.DeleteProvider("there is no consumer pod for it to follow");
    }
    boolean outdated =
        PinnedImage.isOutdated(
            instance, provider, facts.hasOtherImage(ApiNames.POD_CONDITION_MOUNTED));
    if (outdated) {
      return new Decision.DeleteProvider("it has another image than is wanted");
    }
    NormalizedTemplate template = NormalizedTemplate.of(observed.sc().getSpec());
    if (facts.isCorrected(template)) {
      return new Decision.DeleteProvider("it could not start, and the template was changed since");
    }
    return facts.wake().equals(WakeListener.of(observed.sc(), template).map(WakeListener::text))
        ? labels(observed, facts, template)
        : new Decision.DeleteProvider("it listens otherwise than spec.wake says");
  }

  /**
   * The provider pod has the template's labels while it listens for a container that is stopped, so
   * that a Service finds it there, until the consumer pod, which has them too, is ready.
   */
  private static Decision.OfProvider labels(
      Observation observed, PodFacts facts, NormalizedTemplate template) {
    if (facts.wake().isEmpty()) {
      return new Decision.Nothing();
    }
    String wanted = facts.wakeLabels();
    if (!observed.isPodWanted()) {
      wanted = WakeListener.labels(observed.sc(), template);
    } else if (Stage.of(observed).isConsumerReady()) {
      wanted = WakeListener.NO_LABELS;
    }
    return wanted.equals(facts.wakeLabels())
        ? new Decision.Nothing()
        : new Decision.LabelProvider(
            WakeListener.changes(observed.sc(), facts.wakeLabels(), wanted), wanted);
  }

  static Optional<Duration> rest(PodFacts facts, Observation observed) {
    Duration rest = REPLACE_AFTER.minus(Duration.between(facts.createdAt(), observed.at()));
    return Optional.of(rest).filter(Duration::isPositive);
  }

  private Decision.OfProvider create(Observation observed, StoppableContainerInstance instance) {
    NormalizedTemplate template = NormalizedTemplate.of(observed.sc().getSpec());
    Optional<Decision.Rest> obstacle = binaries.obstacle(observed, template);
    if (obstacle.isPresent()) {
      return obstacle.get() instanceof Decision.Await await
          ? await.atMost(LOOK_AGAIN_AFTER)
          : obstacle.get();
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
