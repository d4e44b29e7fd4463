package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.Kinds;
import top.xtlsoft.stoppablecontainer.api.ResourceKey;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestore;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.operator.pass.ClusterNodes;
import top.xtlsoft.stoppablecontainer.runtime.trace.TracedKeys;

/** The informers of the operator, and typed reads of their caches. */
public final class OperatorCaches {

  /** Index of the instances by the node that their file system lies on. */
  private static final String ON_NODE = "node";

  /** Objects of one list request: a list of all objects would be in memory at once. */
  private static final long PAGE = 250;

  private final SharedIndexInformer<StoppableContainer> resources;
  private final SharedIndexInformer<StoppableContainerInstance> instances;
  private final SharedIndexInformer<StoppableContainerSnapshot> snapshots;
  private final SharedIndexInformer<StoppableContainerRestore> restores;
  private final SharedIndexInformer<Pod> pods;
  private final SharedIndexInformer<ConfigMap> configMaps;

  private final NodeStore nodeStore = new NodeStore();
  private final ResourceStore resourceStore;
  private final WrittenItemStore<Pod> podStore;
  private final WrittenItemStore<StoppableContainerInstance> instanceStore;

  /**
   * Registers the informers under the names that the watch routes use; starts none of them.
   *
   * @param traced collects the StoppableContainers that are traced
   */
  public OperatorCaches(
      KubernetesClient client, InformerGroup informers, TracedKeys traced, Clock clock) {
    resourceStore = new ResourceStore(traced);
    podStore = new WrittenItemStore<>(clock);
    instanceStore = new WrittenItemStore<>(clock);
    Map<Class<?>, SharedIndexInformer<? extends HasMetadata>> kinds = new HashMap<>();
    for (Class<? extends HasMetadata> kind : Kinds.ALL) {
      SharedIndexInformer<? extends HasMetadata> informer = informer(client, kind);
      informers.register(HasMetadata.getPlural(kind), informer);
      kinds.put(kind, informer);
    }
    resources = of(StoppableContainer.class, kinds);
    instances = of(StoppableContainerInstance.class, kinds);
    snapshots = of(StoppableContainerSnapshot.class, kinds);
    restores = of(StoppableContainerRestore.class, kinds);
    pods =
        informer(
            client
                .pods()
                .inAnyNamespace()
                .withLabel(ApiNames.LABEL_MANAGED_BY, ApiNames.MANAGED_BY_VALUE),
            podStore);
    SharedIndexInformer<Node> nodes = informer(client.nodes(), nodeStore);
    configMaps =
        informer(
            client
                .configMaps()
                .inAnyNamespace()
                .withLabel(ApiNames.LABEL_MANAGED_BY, ApiNames.MANAGED_BY_VALUE),
            new TrimmingItemStore<>());
    instances.addIndexers(Map.of(ON_NODE, OperatorCaches::nodeOf));
    informers.register("pods", pods);
    informers.register("nodes", nodes);
    informers.register("configmaps", configMaps);
  }

  Optional<StoppableContainer> resource(String namespace, String name) {
    return find(resources, namespace, name);
  }

  public Optional<StoppableContainerSnapshot> snapshot(String namespace, String name) {
    return find(snapshots, namespace, name);
  }

  public Stream<StoppableContainerSnapshot> snapshots() {
    return snapshots.getStore().list().stream();
  }

  public Stream<StoppableContainerSnapshot> snapshots(String namespace) {
    return snapshots.getIndexer().byIndex(Cache.NAMESPACE_INDEX, namespace).stream();
  }

  public Optional<StoppableContainerRestore> restore(String namespace, String name) {
    return find(restores, namespace, name);
  }

  public Stream<StoppableContainerRestore> restores() {
    return restores.getStore().list().stream();
  }

  public Stream<StoppableContainerRestore> restores(String namespace) {
    return restores.getIndexer().byIndex(Cache.NAMESPACE_INDEX, namespace).stream();
  }

  public Optional<StoppableContainerInstance> instance(String namespace, String name) {
    return find(instances, namespace, name);
  }

  Optional<Pod> pod(String namespace, String name) {
    return find(pods, namespace, name);
  }

  /** Shows a new pod to the next passes, before its event arrives. */
  void created(Pod pod) {
    podStore.created(pod);
  }

  /** Shows a new instance to the next passes, before its event arrives. */
  void created(StoppableContainerInstance instance) {
    instanceStore.created(instance);
  }

  /** Shows a changed instance to the next passes, before its event arrives. */
  public void wrote(StoppableContainerInstance seen, StoppableContainerInstance answer) {
    instanceStore.wrote(seen, answer);
  }

  /** Shows a changed pod to the next passes, before its event arrives. */
  void wrote(Pod seen, Pod answer) {
    podStore.wrote(seen, answer);
  }

  /** Key of the StoppableContainer in the labels of the pod with this key. */
  public Optional<String> ownerOfPod(String key) {
    return Optional.ofNullable(pods.getStore().getByKey(key)).map(ResourceObserver::ownerKey);
  }

  Optional<ConfigMap> configMap(String namespace, String name) {
    return find(configMaps, namespace, name);
  }

  Stream<StoppableContainer> resources() {
    return resources.getStore().list().stream();
  }

  /** Whether the namespace has no other resource, and no instance. */
  boolean isLast(ResourceKey key) {
    int itself = resource(key.namespace(), key.name()).isPresent() ? 1 : 0;
    return resourceStore.count(key.namespace()) == itself
        && instances.getIndexer().byIndex(Cache.NAMESPACE_INDEX, key.namespace()).isEmpty();
  }

  Stream<StoppableContainer> resources(String namespace) {
    return resources.getIndexer().byIndex(Cache.NAMESPACE_INDEX, namespace).stream();
  }

  public Stream<StoppableContainerInstance> instances() {
    return instances.getStore().list().stream();
  }

  public Stream<StoppableContainerInstance> instances(String namespace) {
    return instances.getIndexer().byIndex(Cache.NAMESPACE_INDEX, namespace).stream();
  }

  Stream<StoppableContainerInstance> instancesOn(String nodeName) {
    return instances.getIndexer().byIndex(ON_NODE, nodeName).stream();
  }

  public ClusterNodes nodes() {
    return nodeStore.nodes();
  }

  Stream<ConfigMap> configMaps(String namespace) {
    return configMaps.getIndexer().byIndex(Cache.NAMESPACE_INDEX, namespace).stream();
  }

  private <T extends HasMetadata> SharedIndexInformer<T> informer(
      KubernetesClient client, Class<T> kind) {
    return informer(client.resources(kind).inAnyNamespace(), store(kind));
  }

  @SuppressWarnings("unchecked") // The store is of the kind.
  private <T extends HasMetadata> ItemStore<T> store(Class<T> kind) {
    if (kind == StoppableContainer.class) {
      return (ItemStore<T>) resourceStore;
    }
    return kind == StoppableContainerInstance.class
        ? (ItemStore<T>) instanceStore
        : new TrimmingItemStore<>();
  }

  @SuppressWarnings("unchecked") // As they were put.
  private static <T extends HasMetadata> SharedIndexInformer<T> of(
      Class<T> kind, Map<Class<?>, SharedIndexInformer<? extends HasMetadata>> kinds) {
    return (SharedIndexInformer<T>) kinds.get(kind);
  }

  private static <T extends HasMetadata> SharedIndexInformer<T> informer(
      Informable<T> source, ItemStore<T> store) {
    // The informers don't resync: the route sc-watch-resync queues all keys at an interval.
    return source.withLimit(PAGE).runnableInformer(0).itemStore(store);
  }

  private static List<String> nodeOf(StoppableContainerInstance instance) {
    return Optional.ofNullable(instance.getSpec().nodeName()).map(List::of).orElse(List.of());
  }

  private static <T extends HasMetadata> Optional<T> find(
      SharedIndexInformer<T> informer, String namespace, String name) {
    return Optional.ofNullable(
        informer.getStore().getByKey(Cache.namespaceKeyFunc(namespace, name)));
  }
}
