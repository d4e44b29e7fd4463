package top.xtlsoft.stoppablecontainer.operator.plan;

import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;

/**
 * Decides the next step for one object.
 *
 * @param <D> the decisions that this planner can make; its route has a branch for each
 */
public interface Planner<D extends Decision> {

  /** Decides from the observation alone. */
  D decide(Observation observed);

  /** The pass with this planner's decision. */
  default Pass plan(Pass pass) {
    return pass.decide(decide(pass.observed()));
  }
}
