package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.ConditionType;
import top.xtlsoft.stoppablecontainer.api.ResourceKey;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.operator.model.Schedule;
import top.xtlsoft.stoppablecontainer.operator.model.SnapshotTimes;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.PodFacts;
import top.xtlsoft.stoppablecontainer.operator.pass.ScheduledSnapshots;
import top.xtlsoft.stoppablecontainer.operator.pass.SnapshotStop;

/**
 * Observes: collects all objects of one key from the caches, and reads a large resource that the
 * cache shortens from the API server. It never writes.
 */
public final class ResourceObserver {

  private final OperatorCaches caches;
  private final ResourceReader reader;
  private final AwaitedSnapshots awaited;
  private final Clock clock;

  public ResourceObserver(OperatorCaches caches, ResourceReader reader, Clock clock) {
    this.caches = caches;
    this.reader = reader;
    this.awaited = new AwaitedSnapshots(caches);
    this.clock = clock;
  }

  /** Begins a pass over the objects of a key. */
  public Pass observe(String key) {
    ResourceKey parsed = ResourceKey.parse(key);
    String namespace = parsed.namespace();
    String name = parsed.name();
    Optional<StoppableContainer> resource = resource(namespace, name);
    Optional<StoppableContainerInstance> instance = caches.instance(namespace, name);
    Instant at = clock.instant();
    return Pass.begin(
        new Observation(
            parsed,
            at,
            resource,
            instance,
            caches.pod(namespace, ApiNames.providerPodName(name)),
            caches.pod(namespace, name),
            caches.nodes(),
            resource
                .flatMap(AwaitedSnapshots::sourceOf)
                .flatMap(source -> caches.snapshot(namespace, source)),
            instance.flatMap(source -> stopFor(source, at)),
            resource.flatMap(sc -> Schedule.of(sc, at)),
            resource
                .filter(sc -> sc.getSpec().snapshots() != null)
                .flatMap(sc -> instance.map(source -> snapshots(sc, source, at)))
                .orElse(ScheduledSnapshots.NONE)));
  }

  private ScheduledSnapshots snapshots(
      StoppableContainer resource, StoppableContainerInstance source, Instant at) {
    return ScheduledSnapshots.of(
        source,
        SnapshotTimes.of(resource.getSpec().snapshots(), at),
        caches.snapshots(source.getMetadata().getNamespace()),
        awaited.in(source.getMetadata().getNamespace()));
  }

  /** The snapshot that keeps an instance stopped for longest, if one does. */
  private Optional<StoppableContainerSnapshot> stopFor(
      StoppableContainerInstance source, Instant at) {
    return caches
        .snapshots(source.getMetadata().getNamespace())
        .filter(snapshot -> SnapshotStop.isWanted(snapshot, source, at))
        .max(Comparator.comparing(snapshot -> SnapshotStop.end(snapshot).orElse(Instant.MAX)));
  }

  /** Key of the StoppableContainer that a snapshot is taken of. */
  public String keyOfSource(StoppableContainerSnapshot snapshot) {
    return snapshot.getMetadata().getNamespace() + "/" + snapshot.getSpec().source().name();
  }

  /** Keys of the StoppableContainers that begin with the files of a snapshot and wait for it. */
  public List<String> keysOfClones(StoppableContainerSnapshot snapshot) {
    String namespace = snapshot.getMetadata().getNamespace();
    return caches
        .resources(namespace)
        .filter(
            resource ->
                AwaitedSnapshots.sourceOf(resource)
                    .filter(snapshot.getMetadata().getName()::equals)
                    .isPresent())
        .filter(resource -> caches.instance(namespace, resource.getMetadata().getName()).isEmpty())
        .map(ResourceObserver::key)
        .toList();
  }

  /** The StoppableContainer of that name, whole. */
  public Optional<StoppableContainer> resource(String namespace, String name) {
    Optional<StoppableContainer> cached = caches.resource(namespace, name);
    return cached.filter(Abridgement::isAbridged).isPresent() ? reader.whole(cached.get()) : cached;
  }

  /** Keys of all StoppableContainers. */
  public List<String> allKeys() {
    return caches.resources().map(ResourceObserver::key).toList();
  }

  /** Keys of the StoppableContainers of an object's namespace. */
  public List<String> keysInNamespaceOf(HasMetadata object) {
    return caches
        .resources(object.getMetadata().getNamespace())
        .map(ResourceObserver::key)
        .toList();
  }

  /** Keys of the StoppableContainers whose file system lies on a node. */
  public List<String> keysOnNode(Node node) {
    return caches.instancesOn(node.getMetadata().getName()).map(ResourceObserver::key).toList();
  }

  /**
   * Keys of the StoppableContainers on a node whose status does not show the node's state yet, or
   * whose pod is ready by the word of an earlier boot. A node's heartbeats are frequent, and change
   * nothing.
   */
  public List<String> keysUnawareOf(Node node) {
    Optional<ConditionReason> trouble = NodeStore.trouble(node);
    return caches
        .instancesOn(node.getMetadata().getName())
        .filter(instance -> !shows(instance, trouble) || isOfEarlierBoot(instance))
        .map(ResourceObserver::key)
        .toList();
  }

  /** Key of the StoppableContainer in a pod's label. */
  public String keyOfOwner(HasMetadata pod) {
    return ownerKey(pod);
  }

  static String ownerKey(HasMetadata pod) {
    Map<String, String> labels = pod.getMetadata().getLabels();
    String name = labels == null ? null : labels.get(ApiNames.LABEL_INSTANCE);
    return pod.getMetadata().getNamespace()
        + "/"
        + (name == null || name.isEmpty() ? pod.getMetadata().getName() : name);
  }

  private boolean shows(StoppableContainerInstance instance, Optional<ConditionReason> trouble) {
    return caches
        .resource(instance.getMetadata().getNamespace(), instance.getMetadata().getName())
        .map(StoppableContainer::getStatus)
        .map(StoppableContainerStatus::conditions)
        .orElse(List.of())
        .stream()
        .filter(c -> ConditionType.NODE_UNAVAILABLE.wire().equals(c.getType()))
        .findFirst()
        .map(Condition::getReason)
        .equals(trouble.map(ConditionReason::wire));
  }

  private boolean isOfEarlierBoot(StoppableContainerInstance instance) {
    return caches
        .pod(instance.getMetadata().getNamespace(), instance.getMetadata().getName())
        .map(PodFacts::new)
        .filter(pod -> pod.isAttachedOutdated(pod.node().flatMap(caches.nodes()::boot)))
        .isPresent();
  }

  private static String key(HasMetadata object) {
    return object.getMetadata().getNamespace() + "/" + object.getMetadata().getName();
  }
}
