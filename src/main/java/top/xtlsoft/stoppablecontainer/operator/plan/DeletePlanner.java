package top.xtlsoft.stoppablecontainer.operator.plan;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.PodFacts;

/** Deletes in this order: the pods, the instance with its file system, the finalizer. */
public final class DeletePlanner implements Planner<Decision.OfDelete> {

  /**
   * One step; the event of its effect starts the next pass.
   *
   * <p>An instance without an owner stays, with its pods: its user requested that, and another
   * StoppableContainer of that name adopts it.
   *
   * <p>Both pods are deleted side by side: a consumer in its grace period does not need the
   * provider, because the mount belongs to the node and the consumer's own container keeps the
   * image there. The file system waits for both.
   */
  @Override
  public Decision.OfDelete decide(Observation observed) {
    boolean isKept = observed.instance().filter(sci -> !sci.isMarkedForDeletion()).isPresent();
    if (isKept && observed.isOrphaned()) {
      return released(observed);
    }
    if (isKept && observed.isOrphaning()) {
      return new Decision.Await("the garbage collector to leave the instance without an owner");
    }
    if (isKept && !observed.ownsInstance()) {
      return new Decision.Await("the instance of an earlier StoppableContainer to go");
    }
    List<Pod> pods =
        Stream.of(observed.consumerPod(), observed.provider()).flatMap(Optional::stream).toList();
    List<Pod> left = pods.stream().filter(pod -> !new PodFacts(pod).isGoing()).toList();
    if (!left.isEmpty()) {
      return new Decision.DeletePods(left);
    }
    if (!pods.isEmpty()) {
      return new Decision.Await("the pods to go");
    }
    if (observed.instance().isPresent()) {
      return instance(observed, observed.instance().get());
    }
    return released(observed);
  }

  private static Decision.OfDelete released(Observation observed) {
    return observed.holdsFinalizer() ? new Decision.ReleaseResource() : new Decision.Nothing();
  }

  private static Decision.OfDelete instance(
      Observation observed, StoppableContainerInstance instance) {
    if (!instance.isMarkedForDeletion()) {
      return new Decision.DeleteInstance();
    }
    if (!instance.hasFinalizer(ApiNames.INSTANCE_FINALIZER)) {
      return new Decision.Await("the instance to go");
    }
    String nodeName = instance.getSpec().nodeName();
    if (nodeName == null) {
      return new Decision.ReleaseInstance("it never had a node");
    }
    if (!observed.nodes().has(nodeName)) {
      return new Decision.ReleaseInstance("its node has left the cluster");
    }
    return new Decision.Await("the agent of node " + nodeName + " to remove the file system");
  }
}
