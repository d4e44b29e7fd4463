package top.xtlsoft.stoppablecontainer.agent.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.function.Consumer;
import top.xtlsoft.stoppablecontainer.agent.OrphanSettings;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.runtime.trace.TracedItemStore;
import top.xtlsoft.stoppablecontainer.runtime.trace.TracedKeys;

/** Names of the agent's informers, and what each of them watches. */
public final class AgentInformers {

  /** Pods of this node with the project's label. */
  public static final String PODS = "agent-pods";

  /** Instances of this node. */
  public static final String INSTANCES = "agent-instances";

  /** Snapshots that this node keeps, or is to take. */
  public static final String SNAPSHOTS = "agent-snapshots";

  /** The ConfigMap in which an administrator names the orphans of this node to purge. */
  public static final String ORPHAN_REPORT = "agent-orphan-report";

  private static final long NO_RESYNC = 0;

  /**
   * An object may have 1.4 MiB, and a page is in the heap of 64 MiB as a whole, some times over.
   */
  private static final long PAGE = 5;

  /** Objects as far as the agent reads them. */
  private static final class TrimmedItems<T extends HasMetadata> extends BasicItemStore<T> {

    private final Consumer<T> trim;

    private TrimmedItems(Consumer<T> trim) {
      super(Cache::metaNamespaceKeyFunc);
      this.trim = trim;
    }

    @Override
    public T put(String key, T item) {
      trim.accept(item);
      return super.put(key, item);
    }
  }

  private AgentInformers() {}

  /**
   * The informers of a node's agent, not started.
   *
   * @param namespace the agent's own
   * @param traced learns which instances are to be traced
   */
  public static InformerGroup create(
      KubernetesClient client, String nodeName, String namespace, TracedKeys traced) {
    InformerGroup informers = new InformerGroup();
    informers.register(
        PODS,
        client
            .pods()
            .inAnyNamespace()
            .withLabel(ApiNames.LABEL_MANAGED_BY, ApiNames.MANAGED_BY_VALUE)
            .withField("spec.nodeName", nodeName)
            .withLimit(PAGE)
            .runnableInformer(NO_RESYNC)
            .itemStore(new TrimmedItems<>(PodTrimmer::trim)));
    informers.register(
        INSTANCES,
        client
            .resources(StoppableContainerInstance.class)
            .inAnyNamespace()
            .withField("spec.nodeName", nodeName)
            .withLimit(PAGE)
            .runnableInformer(NO_RESYNC)
            .itemStore(new TracedItemStore<>(traced, PodTrimmer::trimMetadata)));
    informers.register(
        SNAPSHOTS,
        client
            .resources(StoppableContainerSnapshot.class)
            .inAnyNamespace()
            .withField("status.nodeName", nodeName)
            .withLimit(PAGE)
            .runnableInformer(NO_RESYNC)
            .itemStore(new TrimmedItems<>(PodTrimmer::trimMetadata)));
    informers.register(
        ORPHAN_REPORT,
        client
            .configMaps()
            .inNamespace(namespace)
            .withField("metadata.name", OrphanSettings.reportName(nodeName))
            .runnableInformer(NO_RESYNC)
            // The route that the report wakes reads the data anew.
            .itemStore(new TrimmedItems<>(report -> report.setData(null))));
    return informers;
  }
}
