package top.xtlsoft.stoppablecontainer.agent.instance;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.AgentFailures;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/**
 * Brings what a stopped instance wrote to disk, before anyone calls it Stopped, and once no process
 * is left that could write more: a pod that was deleted by force, or without a grace period, is
 * gone from the API before its processes are from the node.
 */
public final class InstanceSyncer {

  private static final Logger LOG = LoggerFactory.getLogger(InstanceSyncer.class);

  private final AgentInstances instances;
  private final FileSystemStore store;
  private final InstanceSizer sizer;
  private final OccupantsChecker occupants;
  private final AgentFailures failures;
  private final Map<String, Long> synced = new ConcurrentHashMap<>();

  public InstanceSyncer(
      AgentInstances instances,
      FileSystemStore store,
      InstanceSizer sizer,
      OccupantsChecker occupants,
      AgentFailures failures) {
    this.instances = instances;
    this.store = store;
    this.sizer = sizer;
    this.occupants = occupants;
    this.failures = failures;
  }

  /**
   * Done when all that the instance wrote is on disk; nothing to do for one that runs. What it
   * wrote is counted meanwhile. While a process is left that may write, nothing is done but to say
   * so in the instance's status.
   */
  public void sync(@Header(ScHeaders.KEY) String key) {
    instances.cached(key).filter(this::isUnsynced).ifPresent(this::syncTogether);
  }

  /**
   * Ends the job of a stopped instance.
   *
   * @throws NotYetException while a process is left that may still write
   */
  public void requireSynced(@Header(ScHeaders.KEY) String key) {
    if (isHeldUp(key)) {
      throw NotYetException.untilRetry("processes of the stopped container are left");
    }
  }

  boolean isHeldUp(String key) {
    return failures.has(key, AgentFailures.Source.STOP);
  }

  /** Generation of the instance that this agent synced last. */
  Optional<Long> syncedGeneration(String uid) {
    return Optional.ofNullable(synced.get(uid));
  }

  /** Forgets an instance that is gone. */
  void forget(Instance instance) {
    synced.remove(instance.uid());
    sizer.forget(instance);
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

  private void syncTogether(StoppableContainerInstance resource) {
    Instance instance = Instance.of(resource);
    store
        .locks()
        .together(
            store.placeOf(instance),
            () -> {
              syncOnceAlone(resource, instance);
              return null;
            });
  }

  private void syncOnceAlone(StoppableContainerInstance resource, Instance instance) {
    Optional<Integer> process = occupants.find(instance);
    if (process.isPresent()) {
      failures.put(
          instance.key(),
          AgentFailures.Source.STOP,
          AgentReason.STOPPING,
          "Waiting for the container's processes to end on the node: process "
              + process.get()
              + " is left.");
      return;
    }
    failures.clear(instance.key(), AgentFailures.Source.STOP);
    sync(resource, instance);
  }

  private void sync(StoppableContainerInstance resource, Instance instance) {
    try (InstanceFolder folder = store.find(instance).orElse(null)) {
      if (folder != null) {
        folder.sync();
      }
    }
    sizer.stopped(instance);
    synced.put(instance.uid(), resource.getMetadata().getGeneration());
    LOG.info("Instance synced: generation={}", resource.getMetadata().getGeneration());
  }
}
