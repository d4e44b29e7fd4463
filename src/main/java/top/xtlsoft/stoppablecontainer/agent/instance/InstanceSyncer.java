package top.xtlsoft.stoppablecontainer.agent.instance;

import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_DIRECTORY;
import static top.xtlsoft.stoppablecontainer.agent.linux.Linux.O_RDONLY;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.filesystem.InstanceFolders;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.component.ScHeaders;

/** Brings what a stopped instance wrote to disk, before anyone calls it Stopped. */
public final class InstanceSyncer {

  private static final Logger LOG = LoggerFactory.getLogger(InstanceSyncer.class);

  private final LinuxSyscalls linux;
  private final AgentInstances instances;
  private final InstanceFolders folders;
  private final Map<String, Long> synced = new ConcurrentHashMap<>();

  public InstanceSyncer(LinuxSyscalls linux, AgentInstances instances, InstanceFolders folders) {
    this.linux = linux;
    this.instances = instances;
    this.folders = folders;
  }

  /** Done when all that the instance wrote is on disk; nothing to do for one that runs. */
  public void sync(@Header(ScHeaders.KEY) String key) {
    instances.cached(key).filter(this::isUnsynced).ifPresent(this::sync);
  }

  /** Generation of the instance that this agent synced last. */
  Optional<Long> syncedGeneration(String uid) {
    return Optional.ofNullable(synced.get(uid));
  }

  /** Forgets an instance that is gone. */
  void forget(String uid) {
    synced.remove(uid);
  }

  private boolean isUnsynced(StoppableContainerInstance instance) {
    if (instance.getSpec().running()) {
      return false;
    }
    long generation = instance.getMetadata().getGeneration();
    Optional<Long> reported =
        Optional.ofNullable(instance.getStatus())
            .map(status -> status.agent())
            .map(AgentReport::syncedGeneration);
    return syncedGeneration(instance.getMetadata().getUid())
        .or(() -> reported)
        .filter(last -> last >= generation)
        .isEmpty();
  }

  private void sync(StoppableContainerInstance resource) {
    Instance instance = Instance.of(resource);
    Optional<Fd> folder =
        folders.find(instance.hostPathPrefix(), instance.namespace(), instance.name());
    if (folder.isPresent()) {
      try (Fd dir = folder.get();
          Fd readable = linux.openat(dir, ".", O_RDONLY | O_DIRECTORY, 0)) {
        linux.syncfs(readable);
      }
    }
    synced.put(instance.uid(), resource.getMetadata().getGeneration());
    LOG.info("Synced generation {}", resource.getMetadata().getGeneration());
  }
}
