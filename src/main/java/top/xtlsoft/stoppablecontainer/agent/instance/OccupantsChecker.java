package top.xtlsoft.stoppablecontainer.agent.instance;

import java.util.Optional;
import org.apache.camel.Header;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemMounter;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/**
 * Looks for processes that a container left behind, once its pod is gone, so that the next start
 * need not look.
 */
public final class OccupantsChecker {

  private final AgentInstances instances;
  private final AgentPods pods;
  private final FileSystemMounter mounter;
  private final Occupants occupants;

  public OccupantsChecker(
      AgentInstances instances, AgentPods pods, FileSystemMounter mounter, Occupants occupants) {
    this.instances = instances;
    this.pods = pods;
    this.mounter = mounter;
    this.occupants = occupants;
  }

  /** Done when it is known whether processes are left; nothing to do while there is a consumer. */
  public void check(@Header(ScHeaders.KEY) String key) {
    instances
        .cached(key)
        .filter(instance -> pods.find(key).isEmpty())
        .map(Instance::of)
        .ifPresent(this::find);
  }

  /**
   * Makes sure that no process may still write to the instance's file system.
   *
   * @throws NotYetException while one may
   */
  void requireNone(Instance instance) {
    find(instance)
        .ifPresent(
            process -> {
              throw NotYetException.untilRetry(
                  "process " + process + " of the instance's container still runs");
            });
  }

  /** Number of a process on the node that may still write to the instance's file system. */
  public Optional<Integer> find(Instance instance) {
    try (Fd root = mounter.inhabited(instance).orElse(null)) {
      return root == null ? Optional.empty() : occupants.find(root);
    } catch (RefusedException notOurs) {
      // The request for it gets this refusal. No pod enters either, so there is no process to find.
      return Optional.empty();
    }
  }
}
