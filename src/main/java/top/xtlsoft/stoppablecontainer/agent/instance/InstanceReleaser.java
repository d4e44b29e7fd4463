package top.xtlsoft.stoppablecontainer.agent.instance;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;
import org.apache.camel.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.AgentFailures;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemRemover;
import top.xtlsoft.stoppablecontainer.agent.filesystem.LayerCollector;
import top.xtlsoft.stoppablecontainer.agent.filesystem.OrphanFolders;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.InstanceFolder;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Place;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.agent.kube.Finalizers;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/** Cleans the node of an instance that is being deleted, then lets the API server delete it. */
public final class InstanceReleaser {

  private static final Logger LOG = LoggerFactory.getLogger(InstanceReleaser.class);

  private final KubernetesClient client;
  private final AgentInstances instances;
  private final AgentPods pods;
  private final FileSystemStore store;
  private final FileSystemRemover remover;
  private final OrphanFolders orphans;
  private final LayerCollector collector;
  private final InstanceSyncer syncer;
  private final OccupantsChecker occupants;
  private final AgentFailures failures;

  public InstanceReleaser(
      KubernetesClient client,
      AgentInstances instances,
      AgentPods pods,
      FileSystemStore store,
      FileSystemRemover remover,
      OrphanFolders orphans,
      LayerCollector collector,
      InstanceSyncer syncer,
      OccupantsChecker occupants,
      AgentFailures failures) {
    this.client = client;
    this.instances = instances;
    this.pods = pods;
    this.store = store;
    this.remover = remover;
    this.orphans = orphans;
    this.collector = collector;
    this.syncer = syncer;
    this.occupants = occupants;
    this.failures = failures;
  }

  /** Whether the instance is being deleted and waits for this agent. */
  public boolean isWanted(@Header(ScHeaders.KEY) String key) {
    return wanted(key).isPresent();
  }

  /**
   * Done when the node is clean and the finalizer is dropped.
   *
   * @throws NotYetException while the API server still has a pod of it, or the node a process of
   *     one
   */
  public void release(@Header(ScHeaders.KEY) String key) {
    Optional<StoppableContainerInstance> wanted = wanted(key);
    if (wanted.isEmpty()) {
      LOG.debug("Nothing to release");
      return;
    }
    StoppableContainerInstance resource = wanted.get();
    Instance instance = Instance.of(resource);
    if (!pods.of(instance.namespace(), instance.uid()).isEmpty()) {
      throw NotYetException.untilEvent("pods of the instance are still there");
    }
    boolean removed = store.allows(instance) && removeFolder(instance);
    Finalizers.drop(client, resource, ApiNames.INSTANCE_FINALIZER);
    syncer.forget(instance);
    failures.forget(key);
    LOG.info("Instance released: removed={}", removed);
  }

  /** One that hides its root and working directory is not seen by the look at the unmount. */
  private void requireNoProcess(Instance instance) {
    Optional<Integer> process = occupants.find(instance);
    if (process.isPresent()) {
      throw NotYetException.untilRetry(
          "process " + process.get() + " of the instance's container still runs");
    }
  }

  /** A folder of the same name may be another instance's already, which keeps it. */
  private boolean removeFolder(Instance instance) {
    Place place = store.placeOf(instance);
    boolean removed =
        store
            .locks()
            .alone(
                place,
                () -> {
                  boolean its = isOf(instance);
                  if (its) {
                    requireNoProcess(instance);
                    remover.remove(place);
                  }
                  return its;
                });
    orphans.removeOf(instance);
    collector.collect(place);
    return removed;
  }

  private boolean isOf(Instance instance) {
    try (InstanceFolder folder = store.find(instance).orElse(null)) {
      return folder != null
          && folder
              .record()
              .map(record -> record.uid().equals(instance.uid()))
              .orElseGet(folder::isEmpty);
    }
  }

  private Optional<StoppableContainerInstance> wanted(String key) {
    return instances
        .cached(key)
        .filter(found -> Finalizers.isAwaited(found, ApiNames.INSTANCE_FINALIZER));
  }
}
