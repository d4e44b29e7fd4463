package top.xtlsoft.stoppablecontainer.operator.pass;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;

/**
 * The result of one planner. The sealed interfaces list what each planner can decide; the planner's
 * route has a branch for each of these types, and a gateway reads the decision from the pass with
 * {@link Pass#decided}.
 */
public sealed interface Decision {

  /** The name of the type, for traces and metrics: {@code createProvider}. */
  public default String verb() {
    String name = getClass().getSimpleName();
    return Character.toLowerCase(name.charAt(0)) + name.substring(1);
  }

  /** The reason, for logs and traces; empty when the type says it all. */
  public default String why() {
    return "";
  }

  /** Decisions about the resource's finalizer and about the instance. */
  sealed interface OfInstance extends Decision {}

  /** Decisions about the provider pod. */
  sealed interface OfProvider extends Decision {}

  /** Decisions about the consumer pod of a container that is wanted. */
  sealed interface OfConsumer extends Decision {}

  /** Decisions about a container that is not wanted. */
  sealed interface OfRelease extends Decision {}

  /** Decisions about the pod that waits for the next start of a stopped container. */
  sealed interface OfPark extends Decision {}

  /** Decisions about a resource that is being deleted. */
  sealed interface OfDelete extends Decision {}

  /** There is nothing to carry out. */
  sealed interface Rest extends OfInstance, OfProvider, OfConsumer, OfRelease, OfPark, OfDelete {}

  /** A pod is created; it mounts the binaries of one architecture. */
  sealed interface CreatePod extends Decision {

    /** The pod. */
    Pod desired();

    /** Architecture of the binaries, as nodes name it. */
    String architecture();
  }

  /** The instance gets another spec. */
  sealed interface ChangeSpec extends Decision {

    /** The whole spec. */
    StoppableContainerInstanceSpec desired();
  }

  /** This step has nothing to do; the next step may start. */
  record Nothing() implements Rest {}

  /**
   * The pass has nothing more to do until an event arrives.
   *
   * @param what the thing that the pass waits for
   * @param lookAgain when the next pass starts without an event
   */
  record Await(String what, Optional<Duration> lookAgain) implements Rest {

    public Await(String what) {
      this(what, Optional.empty());
    }

    /** The same, with a pass after this time even if no event arrives. */
    public Await atMost(Duration time) {
      return new Await(what, Optional.of(time));
    }

    @Override
    public String why() {
      return what;
    }
  }

  /** The pass ends in a condition. */
  record Refuse(Problem problem) implements Rest {}

  /** Add the operator's finalizer to the resource before anything is created for it. */
  record HoldResource() implements OfInstance {}

  /** Remove the operator's finalizer: nothing of the resource is left. */
  record ReleaseResource() implements OfDelete {}

  /** Create the instance. */
  record CreateInstance(StoppableContainerInstance desired) implements OfInstance {}

  /** Create the snapshot that a clone is made of. */
  record CreateSnapshot(StoppableContainerSnapshot desired) implements OfInstance {}

  /** Become the owner of an instance, with its file system, that has no owner. */
  record AdoptInstance() implements OfInstance {}

  /** Change the instance's spec, which the agent reads. */
  record ChangeInstance(StoppableContainerInstanceSpec desired)
      implements OfInstance, OfRelease, ChangeSpec {}

  /** Delete these pods of the instance, each with its own grace period. */
  record DeletePods(List<Pod> pods) implements OfDelete {

    @Override
    public String why() {
      return "the file system is being deleted";
    }
  }

  /** Delete the instance; its finalizer keeps it until the node is clean. */
  record DeleteInstance() implements OfDelete {}

  /** Remove the agent's finalizer: no agent can do it. */
  record ReleaseInstance(String why) implements OfDelete {}

  /** Create the provider pod. */
  record CreateProvider(Pod desired, String architecture) implements OfProvider, CreatePod {}

  /**
   * Give the provider pod labels by which Services find it, or take them off.
   *
   * @param labels the labels that change; null for one that goes
   * @param text all of the template's labels that it has then, as JSON
   */
  record LabelProvider(Map<String, @Nullable String> labels, String text) implements OfProvider {}

  /** Delete the provider pod. */
  record DeleteProvider(String why) implements OfProvider {}

  /**
   * Create the consumer pod.
   *
   * @param announce the instance's spec that the agent must see before the pod exists; empty when
   *     the instance has it already
   */
  record CreateConsumer(
      Optional<StoppableContainerInstanceSpec> announce, Pod desired, String architecture)
      implements OfConsumer, CreatePod {}

  /** Delete the consumer pod, with its own grace period. */
  record DeleteConsumer(String why) implements OfConsumer, OfRelease, OfPark {}

  /** Create the consumer pod that waits for the next start. */
  record CreateParked(Pod desired, String architecture) implements OfPark, CreatePod {}

  /** Have the pod that waits hold no more than it needs for that. */
  record ShrinkParked(ResourceRequirements desired) implements OfPark {}

  /** Give the pod that has waited what its template requests, before its program runs. */
  record GrowParked(ResourceRequirements desired) implements OfConsumer {}

  /** End the containers that still run in the consumer pod; the pod stays for its logs. */
  record EndConsumer(String why) implements OfConsumer {}

  /** The consumer pod is there: the agent may attach its file system. */
  record AnnounceStart(StoppableContainerInstanceSpec desired) implements OfConsumer, ChangeSpec {}

  /** The consumer is gone or has ended: the agent may bring the file system to disk. */
  record AnnounceStop(StoppableContainerInstanceSpec desired)
      implements OfConsumer, OfRelease, ChangeSpec {}
}
