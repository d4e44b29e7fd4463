package top.xtlsoft.stoppablecontainer.operator.plan;

import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.PodFacts;

/** Stops a container that is not wanted. */
public final class ReleasePlanner implements Planner<Decision.OfRelease> {

  /**
   * Deletes the consumer and waits for its event. Only then it changes the instance, which shows
   * the agent that no process writes any more.
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
