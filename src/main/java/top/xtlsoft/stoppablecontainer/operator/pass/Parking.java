package top.xtlsoft.stoppablecontainer.operator.pass;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;
import java.util.Set;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.operator.model.NormalizedTemplate;
import top.xtlsoft.stoppablecontainer.operator.model.ParkedResources;
import top.xtlsoft.stoppablecontainer.operator.model.WaitInspector;

/** Whether the pod of the next start waits while a container is stopped. */
public final class Parking {

  /** A stop that ends by itself within moments parks nothing. */
  private static final Set<Wanted> STOPS =
      Set.of(Wanted.STOPPED_BY_USER, Wanted.STOPPED_BY_SCHEDULE, Wanted.STOPPED_IDLE);

  private Parking() {}

  /** Whether the user wants it so. */
  public static boolean isWanted(Observation observed) {
    return observed.sc().getSpec().parks() && STOPS.contains(observed.wanted());
  }

  /**
   * What keeps a pod from waiting; empty if nothing does. On a node that is being emptied no pod is
   * made again, and none has to be evicted.
   */
  public static Optional<Problem> obstacle(Observation observed) {
    return observed
        .nodeName()
        .flatMap(observed.nodes()::trouble)
        .map(trouble -> new Problem(trouble, trouble.message(), false))
        .or(
            () ->
                WaitInspector.obstacle(NormalizedTemplate.of(observed.sc().getSpec()))
                    .map(message -> new Problem(ConditionReason.NOT_PARKABLE, message, true)));
  }

  /**
   * Why a pod that waits holds all that it requests, although its user wants less; empty if it does
   * not, or if nothing is known against it.
   */
  public static Optional<Problem> unshrinkable(Observation observed, Pod pod) {
    return Optional.of(NormalizedTemplate.of(observed.sc().getSpec()))
        .filter(_ -> observed.sc().getSpec().shrinks())
        .flatMap(template -> obstacle(template, pod))
        .map(Parking::kept);
  }

  private static Optional<String> obstacle(NormalizedTemplate template, Pod pod) {
    if (ParkedResources.isRestartedByChange(template)) {
      return Optional.of("the template's resizePolicy would have its container start anew");
    }
    ParkedResources resources = ParkedResources.of(template);
    if (!resources.isFull(pod) && !resources.isSmall(pod)) {
      return Optional.of("its requests are not those of the template");
    }
    PodFacts facts = new PodFacts(pod);
    // Of a full one it speaks of a start that was stopped again.
    return facts.isGenerationReported()
        ? facts.resizeFailure().filter(_ -> resources.isSmall(pod))
        : Optional.of("the cluster reports no changes of it; Kubernetes 1.35 does");
  }

  /** The pod waits, but holds what it requests. */
  public static Problem kept(String why) {
    return new Problem(
        ConditionReason.RESOURCES_KEPT,
        "The pod of the next start waits, and holds what it requests: " + why + ".",
        true);
  }
}
