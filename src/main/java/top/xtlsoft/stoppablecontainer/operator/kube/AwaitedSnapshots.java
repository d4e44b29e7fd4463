package top.xtlsoft.stoppablecontainer.operator.kube;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.RestorePhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestore;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestoreStatus;
import top.xtlsoft.stoppablecontainer.operator.model.SourceSnapshotFactory;

/**
 * The snapshots that a user's order still needs: a restore that is not done, or a clone without
 * files. The operator deletes none of them on its own.
 */
public final class AwaitedSnapshots {

  private final OperatorCaches caches;

  public AwaitedSnapshots(OperatorCaches caches) {
    this.caches = caches;
  }

  /** Names of those of a namespace. */
  public Set<String> in(String namespace) {
    return Stream.concat(
            caches
                .restores(namespace)
                .filter(AwaitedSnapshots::isWaiting)
                .flatMap(restore -> Optional.ofNullable(restore.getSpec().snapshotName()).stream()),
            caches
                .resources(namespace)
                .filter(clone -> clone.getSpec().source() != null && isWithoutFiles(clone))
                .flatMap(clone -> sourceOf(clone).stream()))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Name of the snapshot whose files a StoppableContainer begins with. */
  static Optional<String> sourceOf(StoppableContainer resource) {
    return Optional.ofNullable(resource.getSpec().source())
        .map(
            source ->
                source.containerName() == null
                    ? source.snapshotName()
                    : SourceSnapshotFactory.nameFor(resource.getMetadata().getName()));
  }

  private static boolean isWaiting(StoppableContainerRestore restore) {
    RestorePhase phase =
        Optional.ofNullable(restore.getStatus())
            .map(StoppableContainerRestoreStatus::phase)
            .orElse(RestorePhase.PENDING);
    return !restore.isMarkedForDeletion()
        && phase != RestorePhase.RESTORED
        && phase != RestorePhase.FAILED;
  }

  /** The agent reports the image of a file system as soon as it has made it. */
  private boolean isWithoutFiles(StoppableContainer clone) {
    return !clone.isMarkedForDeletion()
        && caches
            .instance(clone.getMetadata().getNamespace(), clone.getMetadata().getName())
            .map(StoppableContainerInstance::getStatus)
            .map(StoppableContainerInstanceStatus::agent)
            .map(AgentReport::imageID)
            .isEmpty();
  }
}
