package top.xtlsoft.stoppablecontainer.agent.instance;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Header;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemMounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/** Makes the file system of an instance as large as its spec says, while the container runs. */
public final class InstanceGrower {

  private final AgentInstances instances;
  private final FileSystemStore store;
  private final FileSystemMounter mounter;
  private final Map<String, Done> done = new ConcurrentHashMap<>();

  /** What was done for an instance last. */
  private record Done(String uid, long bytes) {}

  public InstanceGrower(
      AgentInstances instances, FileSystemStore store, FileSystemMounter mounter) {
    this.instances = instances;
    this.store = store;
    this.mounter = mounter;
  }

  /**
   * Done when the file system is as large as the spec says, or is not mounted: its next mount is
   * followed by an event of its instance.
   *
   * @throws RefusedException NotEnoughSpace if the node's disk has no room for it
   * @throws NotYetException while another job works on the instance
   */
  public void grow(@Header(ScHeaders.KEY) String key) {
    Optional<StoppableContainerInstance> cached = instances.cached(key);
    if (cached.isEmpty()) {
      done.remove(key);
      return;
    }
    Instance instance = Instance.of(cached.get());
    @Nullable Long bytes = instance.storage().sizeBytes();
    if (bytes != null && store.allows(instance)) {
      Done now = new Done(instance.uid(), bytes);
      if (!now.equals(done.get(key)) && mounter.grow(instance)) {
        done.put(key, now);
      }
    }
  }
}
