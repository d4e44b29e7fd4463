package top.xtlsoft.stoppablecontainer.operator.pass;

import java.util.Optional;
import java.util.Set;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.operator.model.NormalizedTemplate;
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
}
