package top.xtlsoft.stoppablecontainer.agent.instance;

import java.util.List;
import org.apache.camel.Header;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.StackFlattener;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentSnapshots;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/** Makes a long stack of layers shorter while its instance is stopped. */
public final class InstanceFlattener {

  private final LinuxSyscalls linux;
  private final AgentInstances instances;
  private final AgentSnapshots snapshots;
  private final FileSystemStore store;
  private final StackFlattener flattener;
  private final OccupantsChecker occupants;

  public InstanceFlattener(
      LinuxSyscalls linux,
      AgentInstances instances,
      AgentSnapshots snapshots,
      FileSystemStore store,
      StackFlattener flattener,
      OccupantsChecker occupants) {
    this.linux = linux;
    this.instances = instances;
    this.snapshots = snapshots;
    this.store = store;
    this.flattener = flattener;
    this.occupants = occupants;
  }

  /**
   * Done when the instance runs, or no two layers of a long stack can become one.
   *
   * @return keys of the snapshots that may lie on fewer layers now
   * @throws NotYetException while a process or another job uses the file system
   */
  public List<String> flatten(@Header(ScHeaders.KEY) String key) {
    return instances
        .cached(key)
        .filter(found -> !found.getSpec().running())
        .map(Instance::of)
        .filter(store::allows)
        .filter(this::isFlattened)
        .map(this::snapshotsBeside)
        .orElse(List.of());
  }

  private List<String> snapshotsBeside(Instance instance) {
    return snapshots.all().stream()
        .map(StoppableContainerSnapshot::getMetadata)
        .filter(metadata -> metadata.getNamespace().equals(instance.namespace()))
        .map(metadata -> metadata.getNamespace() + "/" + metadata.getName())
        .toList();
  }

  private boolean isFlattened(Instance instance) {
    // The worker has no other work.
    linux.niceThread();
    try {
      return flattener.flatten(instance, () -> requireStopped(instance));
    } catch (RefusedException e) {
      // No user asks for a merge; the start or snapshot that is refused reports why.
      throw NotYetException.untilRetry(e.getMessage());
    }
  }

  /** Asked while no container can get the file system. */
  private void requireStopped(Instance instance) {
    boolean runs =
        instances
            .cached(instance.key())
            .filter(found -> found.getMetadata().getUid().equals(instance.uid()))
            .map(StoppableContainerInstance::getSpec)
            .filter(spec -> !spec.running())
            .isEmpty();
    if (runs) {
      throw NotYetException.untilEvent("the instance runs");
    }
    occupants.requireNone(instance);
  }
}
