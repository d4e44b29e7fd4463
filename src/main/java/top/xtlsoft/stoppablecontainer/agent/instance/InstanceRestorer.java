package top.xtlsoft.stoppablecontainer.agent.instance;

import org.apache.camel.Header;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemMounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/** Gives a stopped instance the files of a snapshot, when the operator has ordered a restore. */
public final class InstanceRestorer {

  private final AgentInstances instances;
  private final FileSystemStore store;
  private final FileSystemMounter mounter;
  private final OccupantsChecker occupants;

  public InstanceRestorer(
      AgentInstances instances,
      FileSystemStore store,
      FileSystemMounter mounter,
      OccupantsChecker occupants) {
    this.instances = instances;
    this.store = store;
    this.mounter = mounter;
    this.occupants = occupants;
  }

  /**
   * Done when the file system has the files that the last restore gives it, or none is ordered.
   *
   * @throws RefusedException when it can't be restored: nothing is changed
   * @throws NotYetException while a process of the container, or a program of the node, uses it
   */
  public void restore(@Header(ScHeaders.KEY) String key) {
    instances
        .cached(key)
        .filter(found -> !found.getSpec().running())
        .filter(InstanceRestorer::isOrdered)
        .map(Instance::of)
        .filter(store::allows)
        .ifPresent(this::restore);
  }

  private void restore(Instance instance) {
    try {
      mounter.restore(instance, () -> occupants.requireNone(instance));
    } catch (RefusedException e) {
      // The agent itself looks at a mounted file system now and then.
      if (e.reason() == AgentReason.IN_USE) {
        throw NotYetException.untilRetry(e.getMessage());
      }
      throw e;
    }
  }

  private static boolean isOrdered(StoppableContainerInstance instance) {
    return instance.getSpec().source() != null && instance.getSpec().source().restoreUID() != null;
  }
}
