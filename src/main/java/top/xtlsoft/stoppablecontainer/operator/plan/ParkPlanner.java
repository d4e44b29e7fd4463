package top.xtlsoft.stoppablecontainer.operator.plan;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.operator.model.Architecture;
import top.xtlsoft.stoppablecontainer.operator.model.ConsumerPodFactory;
import top.xtlsoft.stoppablecontainer.operator.model.NormalizedTemplate;
import top.xtlsoft.stoppablecontainer.operator.model.ParkedResources;
import top.xtlsoft.stoppablecontainer.operator.model.PinnedImage;
import top.xtlsoft.stoppablecontainer.operator.model.ResourceMetadata;
import top.xtlsoft.stoppablecontainer.operator.model.TemplateHash;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Parking;
import top.xtlsoft.stoppablecontainer.operator.pass.PodFacts;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;
import top.xtlsoft.stoppablecontainer.operator.pass.Stage;

/** Keeps the pod that waits for the next start of a stopped container. */
public final class ParkPlanner implements Planner<Decision.OfPark> {

  private final ConsumerPodFactory factory;
  private final BinariesPlanner binaries;

  public ParkPlanner(ConsumerPodFactory factory, BinariesPlanner binaries) {
    this.factory = factory;
    this.binaries = binaries;
  }

  /**
   * Creates the pod once the container is stopped and on disk: by then no process of the last start
   * is left. Replaces a pod that the next start could not use.
   */
  @Override
  public Decision.OfPark decide(Observation observed) {
    if (observed.consumer().isPresent()) {
      return new Decision.Nothing();
    }
    if (observed.parked().isPresent()) {
      return keep(observed, observed.parked().get());
    }
    return Parking.isWanted(observed)
            && Parking.obstacle(observed).isEmpty()
            && Stage.of(observed).isSynced()
        ? create(observed, observed.instance().orElseThrow())
        : new Decision.Nothing();
  }

  private static Decision.OfPark keep(Observation observed, Pod pod) {
    PodFacts facts = new PodFacts(pod);
    if (facts.isGoing()) {
      return new Decision.Await("the parked pod to go");
    }
    if (!Parking.isWanted(observed)) {
      return new Decision.DeleteConsumer("no pod is to wait for the next start");
    }
    Optional<ConditionReason> obstacle = Parking.obstacle(observed).map(Problem::reason);
    if (obstacle.isPresent()) {
      // A node that does not report deletes nothing, and may be back in a moment.
      return obstacle.get() == ConditionReason.NODE_NOT_READY
          ? new Decision.Await("the node to be ready")
          : new Decision.DeleteConsumer(
              "it can't wait for the next start: " + obstacle.get().wire());
    }
    if (facts.hasMainEnded()) {
      Optional<Decision.OfPark> rest =
          ProviderPlanner.rest(facts, observed)
              .map(new Decision.Await("a moment before the parked pod is replaced")::atMost);
      if (rest.isPresent()) {
        return rest.get();
      }
    }
    return flaw(observed, pod)
        .<Decision.OfPark>map(Decision.DeleteConsumer::new)
        .orElseGet(() -> resize(observed, pod));
  }

  private static Decision.OfPark resize(Observation observed, Pod pod) {
    ParkedResources resources = ParkedResources.of(NormalizedTemplate.of(observed.sc().getSpec()));
    if (!observed.sc().getSpec().shrinks()) {
      return resources.isSmall(pod)
          ? new Decision.DeleteConsumer("it is to hold what it requests")
          : new Decision.Nothing();
    }
    PodFacts facts = new PodFacts(pod);
    return resources.isFull(pod)
            && !resources.full().equals(resources.small())
            && facts.main().flatMap(facts::runningSince).isPresent()
            && Parking.unshrinkable(observed, pod).isEmpty()
        ? new Decision.ShrinkParked(resources.small())
        : new Decision.Nothing();
  }

  /**
   * Why the next start can't use a parked pod; empty if it can. A container that has ended while it
   * waited would count as a restart.
   */
  static Optional<String> flaw(Observation observed, Pod pod) {
    PodFacts facts = new PodFacts(pod);
    if (ResourceMetadata.isOrphan(pod)) {
      return Optional.of("it belongs to no instance");
    }
    if (facts.hasMainEnded()) {
      return Optional.of("its container has ended while it waited");
    }
    if (PinnedImage.isOutdated(
        observed.instance().orElseThrow(),
        pod,
        facts.hasOtherImage(ApiNames.POD_CONDITION_ATTACHED))) {
      return Optional.of("it has another image than is wanted");
    }
    String wanted = TemplateHash.of(NormalizedTemplate.of(observed.sc().getSpec()));
    return TemplateHash.of(pod).filter(wanted::equals).isPresent()
        ? Optional.empty()
        : Optional.of("the template was changed while it waited");
  }

  private Decision.OfPark create(Observation observed, StoppableContainerInstance instance) {
    NormalizedTemplate template = NormalizedTemplate.of(observed.sc().getSpec());
    if (binaries.obstacle(observed, template).isPresent()) {
      return new Decision.Nothing();
    }
    Architecture architecture = binaries.architecture(observed, template);
    Pod pod =
        factory.consumer(
            observed.sc(), instance, template, architecture, binaries.configMap(architecture));
    return new Decision.CreateParked(ConsumerPodFactory.parked(pod, instance), architecture.name());
  }
}
