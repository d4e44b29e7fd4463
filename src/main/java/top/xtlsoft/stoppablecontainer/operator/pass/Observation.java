package top.xtlsoft.stoppablecontainer.operator.pass;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ConditionType;
import top.xtlsoft.stoppablecontainer.api.ResourceKey;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.api.TraceAnnotation;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.operator.model.PinnedImage;
import top.xtlsoft.stoppablecontainer.operator.model.ResourceMetadata;

/**
 * What one pass sees of one StoppableContainer. Objects that only have the right name and that the
 * operator did not make for it are not in it. They are the caches' own: read, never changed.
 *
 * @param key names all of it
 * @param at when it was looked at
 * @param resource the StoppableContainer
 * @param instance the instance of its name; see {@link #ownsInstance}
 * @param provider provider pod of that instance
 * @param consumer consumer pod of that instance
 * @param nodes nodes of the cluster
 */
public record Observation(
    ResourceKey key,
    Instant at,
    Optional<StoppableContainer> resource,
    Optional<StoppableContainerInstance> instance,
    Optional<Pod> provider,
    Optional<Pod> consumer,
    ClusterNodes nodes) {

  /** Set by the API server on what is deleted with {@code --cascade=orphan}. */
  private static final String ORPHAN_FINALIZER = "orphan";

  public Observation {
    instance =
        instance.filter(
            found ->
                ResourceMetadata.isMadeFor(found, key.name())
                    || resource
                        .filter(sc -> ResourceMetadata.isControlledBy(found, sc))
                        .isPresent());
    Optional<StoppableContainerInstance> owner = instance;
    provider = provider.filter(pod -> owner.filter(sci -> has(key.name(), sci, pod)).isPresent());
    consumer = consumer.filter(pod -> owner.filter(sci -> has(key.name(), sci, pod)).isPresent());
  }

  /** The StoppableContainer, on passes that have one. */
  public StoppableContainer sc() {
    return resource.orElseThrow();
  }

  /** Whether the container is to run now, and if not, why. No other method decides that. */
  public Wanted wanted() {
    if (!Boolean.TRUE.equals(sc().getSpec().running())) {
      return Wanted.STOPPED_BY_USER;
    }
    return hasEndedByItself() ? Wanted.COMPLETED : Wanted.RUN;
  }

  /** Whether the consumer pod is to exist. */
  public boolean isPodWanted() {
    return wanted().isPodWanted();
  }

  /** Whether the container has ended by itself, and stays so until its user starts it again. */
  public boolean hasEnded() {
    return wanted() == Wanted.COMPLETED;
  }

  /**
   * A drain deletes the pod, so the condition Ended remembers how the container ended. The
   * condition counts for the generation of the spec under which the container ended: a stop and a
   * start by the user make a newer one.
   */
  private boolean hasEndedByItself() {
    Optional<PodFacts> pod = consumer.map(PodFacts::new);
    if (pod.filter(facts -> facts.hasEndedByItself(at)).isPresent()) {
      return true;
    }
    if (pod.filter(facts -> !facts.isEnded() && !facts.isGoing()).isPresent()) {
      return false;
    }
    return lastEnd()
        .filter(c -> sc().getMetadata().getGeneration().equals(c.getObservedGeneration()))
        .isPresent();
  }

  /** The condition Ended, which remembers a container that ended by itself. */
  public Optional<Condition> lastEnd() {
    return Optional.ofNullable(sc().getStatus())
        .map(StoppableContainerStatus::conditions)
        .orElse(List.of())
        .stream()
        .filter(c -> ConditionType.ENDED.wire().equals(c.getType()))
        .findFirst();
  }

  /** Whether the instance is that of this very StoppableContainer. */
  public boolean ownsInstance() {
    return resource
        .flatMap(sc -> instance.filter(sci -> ResourceMetadata.isControlledBy(sci, sc)))
        .isPresent();
  }

  /** Whether the instance has no owner, as after a deletion with {@code --cascade=orphan}. */
  public boolean isOrphaned() {
    return instance.filter(ResourceMetadata::isOrphan).isPresent();
  }

  /** Whether the user wants the StoppableContainer to go and its instance to stay. */
  public boolean isOrphaning() {
    return resource
        .filter(sc -> sc.isMarkedForDeletion() && sc.hasFinalizer(ORPHAN_FINALIZER))
        .isPresent();
  }

  /** Whether the StoppableContainer, or its file system under it, is to go. */
  public boolean isDeleting() {
    return resource.filter(StoppableContainer::isMarkedForDeletion).isPresent()
        || instance.filter(StoppableContainerInstance::isMarkedForDeletion).isPresent();
  }

  /** Whether the instance says otherwise than the StoppableContainer whether it is traced. */
  public boolean isTraceOutdated() {
    return resource.isPresent()
        && instance
            .filter(sci -> TraceAnnotation.isOn(sci) != TraceAnnotation.isOn(sc()))
            .isPresent();
  }

  /** Whether the operator still has something to do before the resource may vanish. */
  public boolean holdsFinalizer() {
    return resource.filter(sc -> sc.hasFinalizer(ApiNames.FINALIZER)).isPresent();
  }

  /** Where the file system lies, or will as soon as that is written down. */
  public Optional<String> nodeName() {
    return instance
        .map(sci -> sci.getSpec().nodeName())
        .or(() -> provider.flatMap(Observation::nodeOf))
        .or(() -> consumer.flatMap(Observation::nodeOf));
  }

  private static Optional<String> nodeOf(Pod pod) {
    return Optional.ofNullable(pod.getSpec().getNodeName()).filter(node -> !node.isEmpty());
  }

  /**
   * Whether the consumer pod chooses the node, with all that it asks for, and the provider pod goes
   * there: as long as there is no file system, and no provider pod that has to choose by itself.
   */
  public boolean isLedByConsumer() {
    return isPodWanted()
        && nodeName().isEmpty()
        && instance.filter(sci -> !PinnedImage.isFixed(sci)).isPresent()
        && provider.filter(pod -> !new PodFacts(pod).isFollowing()).isEmpty();
  }

  /** Folder below which the file system lies: the instance's word, as the spec can't change. */
  public String hostPathPrefix() {
    String wanted = sc().getSpec().hostPathPrefix();
    return instance
        .map(sci -> sci.getSpec().hostPathPrefix())
        .orElse(wanted == null ? ApiNames.DEFAULT_HOST_PATH_PREFIX : wanted);
  }

  /** The same with another instance, as after a write. */
  public Observation withInstance(Optional<StoppableContainerInstance> changed) {
    return new Observation(key, at, resource, changed, provider, consumer, nodes);
  }

  /** The same with another StoppableContainer, as after a write. */
  public Observation withResource(StoppableContainer changed) {
    return new Observation(key, at, Optional.of(changed), instance, provider, consumer, nodes);
  }

  /** The same with another provider pod, as after a write. */
  public Observation withProvider(Optional<Pod> changed) {
    return new Observation(key, at, resource, instance, changed, consumer, nodes);
  }

  /** The same with another consumer pod, as after a write. */
  public Observation withConsumer(Optional<Pod> changed) {
    return new Observation(key, at, resource, instance, provider, changed, nodes);
  }

  /** A pod that was left behind without an owner is of the instance that has its name. */
  private static boolean has(String name, StoppableContainerInstance instance, Pod pod) {
    return ResourceMetadata.isControlledBy(pod, instance)
        || (ResourceMetadata.isOrphan(pod) && ResourceMetadata.isMadeFor(pod, name));
  }
}
