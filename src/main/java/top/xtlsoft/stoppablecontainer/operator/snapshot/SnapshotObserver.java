package top.xtlsoft.stoppablecontainer.operator.snapshot;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.api.ResourceKey;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.operator.kube.AwaitedSnapshots;
import top.xtlsoft.stoppablecontainer.operator.kube.OperatorCaches;

/** Collects the objects of a snapshot from the caches, and finds the snapshots of an object. */
public final class SnapshotObserver {

  private final OperatorCaches caches;
  private final AwaitedSnapshots awaited;
  private final Clock clock;

  public SnapshotObserver(OperatorCaches caches, Clock clock) {
    this.caches = caches;
    this.awaited = new AwaitedSnapshots(caches);
    this.clock = clock;
  }

  /** Begins a pass over a snapshot. */
  public SnapshotPass observe(String key) {
    ResourceKey parsed = ResourceKey.parse(key);
    Optional<StoppableContainerSnapshot> snapshot =
        caches.snapshot(parsed.namespace(), parsed.name());
    return new SnapshotPass(
        parsed,
        clock.instant(),
        snapshot,
        snapshot.flatMap(
            found -> caches.instance(parsed.namespace(), found.getSpec().source().name())),
        snapshot.filter(found -> found.getSpec().ttl() != null).isPresent()
            && awaited.in(parsed.namespace()).contains(parsed.name()),
        caches.nodes(),
        new SnapshotPass.Step.Nothing());
  }

  /** Keys of the snapshots of an instance. */
  public List<String> keysOf(StoppableContainerInstance source) {
    return keys(
        caches
            .snapshots(source.getMetadata().getNamespace())
            .filter(
                snapshot ->
                    snapshot.getSpec().source().name().equals(source.getMetadata().getName())));
  }

  /** Keys of the snapshots on a node. */
  public List<String> keysOnNode(Node node) {
    return keys(
        caches
            .snapshots()
            .filter(
                snapshot ->
                    snapshot.getStatus() != null
                        && node.getMetadata().getName().equals(snapshot.getStatus().nodeName())));
  }

  /** Keys of all snapshots. */
  public List<String> allKeys() {
    return keys(caches.snapshots());
  }

  private static List<String> keys(Stream<? extends HasMetadata> objects) {
    return objects
        .map(object -> object.getMetadata().getNamespace() + "/" + object.getMetadata().getName())
        .toList();
  }
}
