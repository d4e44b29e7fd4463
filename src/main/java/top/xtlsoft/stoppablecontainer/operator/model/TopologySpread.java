package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraintBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes a provider pod choose a node that the consumer's topology spread constraints will accept.
 *
 * <p>The scheduler counts a pod only if the constraint selects it, and a provider has none of the
 * user's labels: the consumer is not counted yet. So a hard constraint is tightened by one. The
 * tightest constraint, 1, can't be tightened: a soft one beside it prefers the places with the
 * fewest pods.
 */
final class TopologySpread {

  private static final String HARD = "DoNotSchedule";
  private static final String SOFT = "ScheduleAnyway";

  private TopologySpread() {}

  /** Constraints of a provider whose consumer has these. */
  static List<TopologySpreadConstraint> beside(List<TopologySpreadConstraint> consumers) {
    List<TopologySpreadConstraint> constraints = new ArrayList<>();
    for (TopologySpreadConstraint consumer : consumers) {
      if (!HARD.equals(consumer.getWhenUnsatisfiable())) {
        constraints.add(consumer);
        continue;
      }
      int skew = Optional.ofNullable(consumer.getMaxSkew()).orElse(1);
      constraints.add(
          new TopologySpreadConstraintBuilder(consumer).withMaxSkew(Math.max(1, skew - 1)).build());
      if (consumers.stream().noneMatch(other -> isSoftAt(other, consumer.getTopologyKey()))) {
        constraints.add(
            new TopologySpreadConstraintBuilder(consumer)
                .withWhenUnsatisfiable(SOFT)
                .withMinDomains(null)
                .build());
      }
    }
    return constraints;
  }

  private static boolean isSoftAt(TopologySpreadConstraint constraint, String key) {
    return SOFT.equals(constraint.getWhenUnsatisfiable())
        && key.equals(constraint.getTopologyKey());
  }
}
