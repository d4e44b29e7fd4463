package top.xtlsoft.stoppablecontainer.operator.plan;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.IdleOrder;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.operator.model.Architecture;
import top.xtlsoft.stoppablecontainer.operator.model.ConsumerPodFactory;
import top.xtlsoft.stoppablecontainer.operator.model.NormalizedTemplate;
import top.xtlsoft.stoppablecontainer.operator.model.ParkedResources;
import top.xtlsoft.stoppablecontainer.operator.model.PinnedImage;
import top.xtlsoft.stoppablecontainer.operator.model.ResourceMetadata;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.PodFacts;

/** Keeps the consumer pod of a container that is wanted. */
public final class ConsumerPlanner implements Planner<Decision.OfConsumer> {

  private final ConsumerPodFactory factory;
  private final BinariesPlanner binaries;

  public ConsumerPlanner(ConsumerPodFactory factory, BinariesPlanner binaries) {
    this.factory = factory;
    this.binaries = binaries;
  }

  /**
   * Creates a missing consumer as soon as the node is known, or lets it choose the node while there
   * is no file system. The consumer does not wait for the provider: both start side by side, and
   * {@code sc-exec} waits for the file system. A pod whose container has ended by itself stays for
   * its logs and is not replaced.
   */
  @Override
  public Decision.OfConsumer decide(Observation observed) {
    StoppableContainerInstance instance = observed.instance().orElseThrow();
    if (observed.hasEnded()) {
      return ended(observed, instance);
    }
    Optional<Pod> waiting =
        observed
            .consumerPod()
            .filter(pod -> !instance.getSpec().running() && new PodFacts(pod).isMadeToWait());
    if (waiting.isPresent()) {
      return parked(observed, waiting.get());
    }
    if (observed.consumer().isEmpty()) {
      return create(observed, instance);
    }
    Pod consumer = observed.consumer().get();
    PodFacts facts = new PodFacts(consumer);
    if (facts.isGoing()) {
      return new Decision.Await("the old consumer pod to go");
    }
    if (ResourceMetadata.isOrphan(consumer)) {
      return new Decision.DeleteConsumer("it belongs to no instance");
    }
    if (facts.isLost()) {
      return ProviderPlanner.rest(facts, observed)
          .<Decision.OfConsumer>map(
              new Decision.Await("a moment before the consumer pod is replaced")::atMost)
          .orElseGet(() -> new Decision.DeleteConsumer("it was lost"));
    }
    boolean outdated =
        PinnedImage.isOutdated(
            instance, consumer, facts.hasOtherImage(ApiNames.POD_CONDITION_ATTACHED));
    if (outdated) {
      return new Decision.DeleteConsumer("it has another image than is wanted");
    }
    return facts.isCorrected(NormalizedTemplate.of(observed.sc().getSpec()))
        ? new Decision.DeleteConsumer("it could not start, and the template was changed since")
        : announce(observed);
  }

  /** The next start uses the pod that waits for it, unless the container would not be the same. */
  private static Decision.OfConsumer parked(Observation observed, Pod pod) {
    if (new PodFacts(pod).isGoing()) {
      return new Decision.Await("the parked pod to go");
    }
    return ParkPlanner.flaw(observed, pod)
        .<Decision.OfConsumer>map(Decision.DeleteConsumer::new)
        .or(() -> grow(observed, pod))
        .orElseGet(() -> announce(observed));
  }

  /**
   * The program begins with all that its template requests. A node that has no room for it has the
   * pod replaced: of an ordinary pod the scheduler says what it waits for.
   */
  private static Optional<Decision.OfConsumer> grow(Observation observed, Pod pod) {
    ParkedResources resources = ParkedResources.of(NormalizedTemplate.of(observed.sc().getSpec()));
    if (resources.isSmall(pod)) {
      return Optional.of(new Decision.GrowParked(resources.full()));
    }
    PodFacts facts = new PodFacts(pod);
    return facts.isResizing()
        ? Optional.of(
            facts
                .resizeFailure()
                .<Decision.OfConsumer>map(
                    why -> new Decision.DeleteConsumer("it can't get what it requests: " + why))
                .orElseGet(() -> new Decision.Await("the parked pod to get what it requests")))
        : Optional.empty();
  }

  /** The agent attaches nothing while the instance does not run. */
  private static Decision.OfConsumer announce(Observation observed) {
    return InstanceSpecs.start(
            observed.instance().orElseThrow(), observed.nodeName(), IdleOrder.of(observed.sc()))
        .<Decision.OfConsumer>map(Decision.AnnounceStart::new)
        .orElseGet(Decision.Nothing::new);
  }

  private static Decision.OfConsumer ended(
      Observation observed, StoppableContainerInstance instance) {
    Optional<PodFacts> rest =
        observed.consumer().map(PodFacts::new).filter(pod -> !pod.isEnded() && !pod.isGoing());
    if (rest.isPresent()) {
      return rest.get().isBeingEnded()
          ? new Decision.Await("the other containers of the pod to end")
          : new Decision.EndConsumer("its main container has ended for good");
    }
    return InstanceSpecs.change(instance, observed.nodeName(), false)
        .filter(_ -> instance.getSpec().running())
        .<Decision.OfConsumer>map(Decision.AnnounceStop::new)
        .orElseGet(Decision.Nothing::new);
  }

  private Decision.OfConsumer create(Observation observed, StoppableContainerInstance instance) {
    Optional<String> nodeName = observed.nodeName();
    boolean leads = observed.isLedByConsumer();
    if (nodeName.isEmpty() && !leads) {
      return new Decision.Await("the provider pod to get a node");
    }
    NormalizedTemplate template = NormalizedTemplate.of(observed.sc().getSpec());
    Optional<Decision.Rest> obstacle = binaries.obstacle(observed, template);
    if (obstacle.isPresent()) {
      return obstacle.get();
    }
    Architecture architecture = binaries.architecture(observed, template);
    Optional<StoppableContainerInstanceSpec> announce =
        leads ? Optional.empty() : InstanceSpecs.change(instance, nodeName, true);
    Pod desired =
        factory.consumer(
            observed.sc(),
            announce.map(spec -> withSpec(instance, spec)).orElse(instance),
            template,
            architecture,
            binaries.configMap(architecture));
    return new Decision.CreateConsumer(announce, desired, architecture.name());
  }

  private static StoppableContainerInstance withSpec(
      StoppableContainerInstance instance, StoppableContainerInstanceSpec spec) {
    StoppableContainerInstance changed = new StoppableContainerInstance();
    changed.setMetadata(instance.getMetadata());
    changed.setSpec(spec);
    changed.setStatus(instance.getStatus());
    return changed;
  }
}
