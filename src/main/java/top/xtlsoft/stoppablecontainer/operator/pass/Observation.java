package top.xtlsoft.stoppablecontainer.operator.pass;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ConditionType;
import top.xtlsoft.stoppablecontainer.api.ResourceKey;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.operator.model.PinnedImage;
import top.xtlsoft.stoppablecontainer.operator.model.ResourceMetadata;
import top.xtlsoft.stoppablecontainer.operator.model.Schedule;

/**
 * The objects of one StoppableContainer, as one pass sees them. An object that has the right name
 * and was not made for this StoppableContainer is left out. The objects belong to the caches and
 * must not be changed.
 *
 * @param key key of the StoppableContainer
 * @param at time of the observation
 * @param resource the StoppableContainer
 * @param instance the instance of its name; see {@link #ownsInstance}
 * @param provider provider pod of that instance
 * @param consumerPod consumer pod of that instance, parked or not
 * @param nodes nodes of the cluster
 * @param source the snapshot whose files the StoppableContainer begins with
 * @param stopFor a snapshot that has the container stopped until it is taken
 * @param schedule what schedule, idle stops and the user want; empty without the first two
 * @param snapshots what spec.snapshots asks for, and what there is
 */
public record Observation(
    ResourceKey key,
    Instant at,
    Optional<StoppableContainer> resource,
    Optional<StoppableContainerInstance> instance,
    Optional<Pod> provider,
    Optional<Pod> consumerPod,
    ClusterNodes nodes,
    Optional<StoppableContainerSnapshot> source,
    Optional<StoppableContainerSnapshot> stopFor,
    Optional<Schedule> schedule,
    ScheduledSnapshots snapshots) {

  /** The API server sets it on an object that is deleted with {@code --cascade=orphan}. */
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
    consumerPod =
        consumerPod.filter(pod -> owner.filter(sci -> has(key.name(), sci, pod)).isPresent());
  }

  /** An observation of what begins with its image alone. */
  public Observation(
      ResourceKey key,
      Instant at,
      Optional<StoppableContainer> resource,
      Optional<StoppableContainerInstance> instance,
      Optional<Pod> provider,
      Optional<Pod> consumer,
      ClusterNodes nodes) {
    this(
        key,
        at,
        resource,
        instance,
        provider,
        consumer,
        nodes,
        Optional.empty(),
        Optional.empty(),
        resource.flatMap(sc -> Schedule.of(sc, at)),
        ScheduledSnapshots.NONE);
  }

  /** The StoppableContainer, on passes that have one. */
  public StoppableContainer sc() {
    return resource.orElseThrow();
  }

  /** Whether the container is to run now, and if not, why. No other method decides that. */
  public Wanted wanted() {
    boolean asked = Boolean.TRUE.equals(sc().getSpec().running());
    if (!schedule.map(Schedule::isRunWanted).orElse(asked)) {
      return schedule.map(Schedule::stopped).orElse(Wanted.STOPPED_BY_USER);
    }
    if (hasEndedByItself()) {
      return Wanted.COMPLETED;
    }
    return stopFor.isPresent() ? Wanted.STOPPED_FOR_SNAPSHOT : Wanted.RUN;
  }

  /**
   * When {@link #wanted} changes, or a snapshot is due, without an event; empty if neither comes.
   */
  public Optional<Instant> next() {
    return Stream.of(
            stopFor.flatMap(SnapshotStop::end),
            schedule.flatMap(Schedule::next).map(Schedule.Change::at),
            snapshots.times().next())
        .flatMap(Optional::stream)
        .min(Comparator.naturalOrder());
  }

  /** The consumer pod of a container that runs, starts or stops. */
  public Optional<Pod> consumer() {
    return consumerPod.filter(pod -> !isParked(pod));
  }

  /**
   * The consumer pod that waits for the next start. The container is stopped all the same: but for
   * the start, all is as if there were no pod.
   */
  public Optional<Pod> parked() {
    return consumerPod.filter(this::isParked);
  }

  private boolean isParked(Pod pod) {
    return instance.filter(sci -> new PodFacts(pod).isParkedFor(sci)).isPresent();
  }

  /**
   * Whether a parked pod may have been started unbeknown to the cache: the written status does not
   * call the container stopped as its user wants it now.
   */
  public boolean isStopUnconfirmed() {
    return parked().isPresent()
        && Optional.ofNullable(sc().getStatus())
            .filter(status -> status.phase() == StoppableContainerPhase.STOPPED)
            .map(StoppableContainerStatus::observedGeneration)
            .filter(sc().getMetadata().getGeneration()::equals)
            .isEmpty();
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
    Optional<PodFacts> pod = consumer().map(PodFacts::new);
    if (pod.filter(facts -> facts.hasEndedByItself(at)).isPresent()) {
      return true;
    }
    if (pod.filter(facts -> !facts.isEnded() && !facts.isGoing()).isPresent()) {
      return false;
    }
    return lastEnd()
        .filter(c -> sc().getMetadata().getGeneration().equals(c.getObservedGeneration()))
        .filter(c -> !isScheduledSince(c))
        .isPresent();
  }

  /** Whether the schedule has started the container after it ended by itself. */
  private boolean isScheduledSince(Condition end) {
    return schedule
        .flatMap(Schedule::startedAt)
        .filter(start -> start.isAfter(Instant.parse(end.getLastTransitionTime())))
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

  /** Whether this StoppableContainer, and no earlier one of its name, controls the instance. */
  public boolean ownsInstance() {
    return resource
        .flatMap(sc -> instance.filter(sci -> ResourceMetadata.isControlledBy(sci, sc)))
        .isPresent();
  }

  /** Whether the instance has no owner, as after a deletion with {@code --cascade=orphan}. */
  public boolean isOrphaned() {
    return instance.filter(ResourceMetadata::isOrphan).isPresent();
  }

  /** Whether the user deletes the StoppableContainer and keeps its instance. */
  public boolean isOrphaning() {
    return resource
        .filter(sc -> sc.isMarkedForDeletion() && sc.hasFinalizer(ORPHAN_FINALIZER))
        .isPresent();
  }

  /** Whether the StoppableContainer or its instance is being deleted. */
  public boolean isDeleting() {
    return resource.filter(StoppableContainer::isMarkedForDeletion).isPresent()
        || instance.filter(StoppableContainerInstance::isMarkedForDeletion).isPresent();
  }

  /** Whether the trace annotations of the instance and of the StoppableContainer differ. */
  public boolean isTraceOutdated() {
    return resource.isPresent()
        && instance
            .filter(sci -> UserAnnotation.TRACE.isOn(sci) != UserAnnotation.TRACE.isOn(sc()))
            .isPresent();
  }

  /** Whether the operator's finalizer keeps the resource. */
  public boolean holdsFinalizer() {
    return resource.filter(sc -> sc.hasFinalizer(ApiNames.FINALIZER)).isPresent();
  }

  /** The node of the file system: of the instance, or of a pod that is bound already. */
  public Optional<String> nodeName() {
    return instance
        .map(sci -> sci.getSpec().nodeName())
        .or(() -> provider.flatMap(Observation::nodeOf))
        .or(() -> consumerPod.flatMap(Observation::nodeOf));
  }

  private static Optional<String> nodeOf(Pod pod) {
    return Optional.ofNullable(pod.getSpec().getNodeName()).filter(node -> !node.isEmpty());
  }

  /**
   * Whether the file system is made, so that its image can't change any more. A pod that uses it
   * shows that before the agent's report arrives.
   */
  public boolean isFileSystemMade() {
    return instance.filter(PinnedImage::isFixed).isPresent()
        || isTrue(provider, ApiNames.POD_CONDITION_MOUNTED)
        || isTrue(consumerPod, ApiNames.POD_CONDITION_ATTACHED);
  }

  private static boolean isTrue(Optional<Pod> pod, String condition) {
    return pod.map(PodFacts::new).filter(facts -> facts.isTrue(condition)).isPresent();
  }

  /**
   * Whether the consumer pod chooses the node, by its requests and volumes, and the provider pod
   * follows. This is so until a file system exists, or a provider pod that chooses by itself.
   */
  public boolean isLedByConsumer() {
    return isPodWanted()
        && nodeName().isEmpty()
        && instance.filter(sci -> !PinnedImage.isFixed(sci)).isPresent()
        && provider.filter(pod -> !new PodFacts(pod).isFollowing()).isEmpty();
  }

  /** Folder below which the file system lies, from the instance: its spec can't change. */
  public String hostPathPrefix() {
    String wanted = sc().getSpec().hostPathPrefix();
    return instance
        .map(sci -> sci.getSpec().hostPathPrefix())
        .orElse(wanted == null ? ApiNames.DEFAULT_HOST_PATH_PREFIX : wanted);
  }

  /** The same with another instance, as after a write. */
  public Observation withInstance(Optional<StoppableContainerInstance> changed) {
    return after(resource, changed, provider, consumerPod);
  }

  /** The same with another StoppableContainer, as after a write. */
  public Observation withResource(StoppableContainer changed) {
    return after(Optional.of(changed), instance, provider, consumerPod);
  }

  /** The same with another provider pod, as after a write. */
  public Observation withProvider(Optional<Pod> changed) {
    return after(resource, instance, changed, consumerPod);
  }

  /** The same with another consumer pod, as after a write. */
  public Observation withConsumer(Optional<Pod> changed) {
    return after(resource, instance, provider, changed);
  }

  /** The same with what a pass writes; it writes nothing else that it observes. */
  private Observation after(
      Optional<StoppableContainer> ownResource,
      Optional<StoppableContainerInstance> ownInstance,
      Optional<Pod> ownProvider,
      Optional<Pod> ownConsumer) {
    return new Observation(
        key,
        at,
        ownResource,
        ownInstance,
        ownProvider,
        ownConsumer,
        nodes,
        source,
        stopFor,
        schedule,
        snapshots);
  }

  /** A pod without an owner belongs to the instance that it was made for. */
  private static boolean has(String name, StoppableContainerInstance instance, Pod pod) {
    return ResourceMetadata.isControlledBy(pod, instance)
        || (ResourceMetadata.isOrphan(pod) && ResourceMetadata.isMadeFor(pod, name));
  }
}
