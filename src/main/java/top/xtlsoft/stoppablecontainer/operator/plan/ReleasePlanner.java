package top.xtlsoft.stoppablecontainer.operator.plan;

import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.PodFacts;

/** Not wanted: is the consumer gone, and does the agent know? */
public final class ReleasePlanner implements Planner<Decision.OfRelease> {

  /**
   * Deletes the consumer and waits for its event; only then the agent is told that nobody writes
   * any more.
   */
  @Override
  public Decision.OfRelease decide(Observation observed) {
    if (observed.instance().isPresent() && !observed.ownsInstance()) {
      return new Decision.Nothing();
    }
    if (observed.consumer().isPresent()) {
      return new PodFacts(observed.consumer().get()).isGoing()
          ? new Decision.Await("the consumer pod to go")
          : new Decision.DeleteConsumer("the container is not wanted");
    }
    if (observed.instance().isEmpty()) {
      return new Decision.Nothing();
    }
    StoppableContainerInstance instance = observed.instance().get();
    return InstanceSpecs.change(instance, observed.nodeName(), false)
        .<Decision.OfRelease>map(
            spec ->
                instance.getSpec().running()
                    ? new Decision.AnnounceStop(spec)
                    : new Decision.ChangeInstance(spec))
        .orElseGet(Decision.Nothing::new);
  }
}
