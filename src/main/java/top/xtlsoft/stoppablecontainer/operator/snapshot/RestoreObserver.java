package top.xtlsoft.stoppablecontainer.operator.snapshot;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ResourceKey;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestore;
import top.xtlsoft.stoppablecontainer.operator.kube.OperatorCaches;
import top.xtlsoft.stoppablecontainer.operator.kube.ResourceObserver;
import top.xtlsoft.stoppablecontainer.operator.model.BeforeSnapshotFactory;
import top.xtlsoft.stoppablecontainer.operator.model.NormalizedTemplate;

/** Collects the objects of a restore from the caches, and finds the restores of an object. */
public final class RestoreObserver {

  private final OperatorCaches caches;
  private final ResourceObserver resources;
  private final Clock clock;

  public RestoreObserver(OperatorCaches caches, ResourceObserver resources, Clock clock) {
    this.caches = caches;
    this.resources = resources;
    this.clock = clock;
  }

  /** Begins a pass over a restore. */
  public RestorePass observe(String key) {
    ResourceKey parsed = ResourceKey.parse(key);
    String namespace = parsed.namespace();
    Optional<StoppableContainerRestore> restore = caches.restore(namespace, parsed.name());
    return new RestorePass(
        parsed,
        clock.instant(),
        restore,
        restore.isPresent()
            ? caches.instance(namespace, restore.get().getSpec().target().name())
            : caches.instances(namespace).filter(this::isAbandoned).findFirst(),
        restore
            .map(found -> found.getSpec().snapshotName())
            .flatMap(name -> caches.snapshot(namespace, name)),
        caches.snapshot(namespace, BeforeSnapshotFactory.nameFor(parsed.name())),
        restore
            .filter(RestorePlanner::isToImage)
            .flatMap(found -> resources.resource(namespace, found.getSpec().target().name()))
            .map(target -> target.getSpec().template())
            .filter(NormalizedTemplate::canNormalize)
            .map(template -> NormalizedTemplate.of(template).image()),
        new RestorePass.Step.Nothing());
  }

  /**
   * Keys of the restores of an object's namespace: an instance or a snapshot concerns those that
   * name it, and there are few.
   */
  public List<String> keysInNamespaceOf(HasMetadata object) {
    return keys(caches.restores(object.getMetadata().getNamespace()));
  }

  /** Keys of all restores, and of those that are deleted while an instance has their order. */
  public List<String> allKeys() {
    return Stream.concat(
            keys(caches.restores()).stream(),
            caches
                .instances()
                .filter(this::isAbandoned)
                .map(
                    instance ->
                        instance.getMetadata().getNamespace()
                            + "/"
                            + instance.getSpec().source().restoreUID()))
        .toList();
  }

  /**
   * Whether an instance has the order of a restore that is not there, and has not carried it out.
   */
  private boolean isAbandoned(StoppableContainerInstance instance) {
    return Optional.ofNullable(instance.getSpec().source())
        .map(StoppableContainerInstanceSpec.Source::restoreUID)
        .filter(
            uid ->
                !SnapshotPass.report(instance).map(AgentReport::restored).equals(Optional.of(uid)))
        .filter(
            uid ->
                caches
                    .restores(instance.getMetadata().getNamespace())
                    .noneMatch(restore -> uid.equals(restore.getMetadata().getUid())))
        .isPresent();
  }

  private static List<String> keys(Stream<StoppableContainerRestore> restores) {
    return restores
        .filter(restore -> !RestorePlanner.isOver(restore))
        .map(
            restore -> restore.getMetadata().getNamespace() + "/" + restore.getMetadata().getName())
        .toList();
  }
}
