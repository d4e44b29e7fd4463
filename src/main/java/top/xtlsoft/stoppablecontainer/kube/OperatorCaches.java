package top.xtlsoft.stoppablecontainer.kube;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.Optional;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.component.informer.InformerGroup;

/** The informers of the operator, and typed reads of their caches. */
public final class OperatorCaches {

  private final SharedIndexInformer<StoppableContainer> resources;
  private final SharedIndexInformer<StoppableContainerInstance> instances;
  private final SharedIndexInformer<Pod> pods;
  private final SharedIndexInformer<Node> nodes;
  private final SharedIndexInformer<ConfigMap> configMaps;

  /** Registers the informers under the names that the watch routes use; starts none of them. */
  public OperatorCaches(KubernetesClient client, InformerGroup informers) {
    resources = informer(client.resources(StoppableContainer.class).inAnyNamespace());
    instances = informer(client.resources(StoppableContainerInstance.class).inAnyNamespace());
    pods =
        informer(
            client
                .pods()
                .inAnyNamespace()
                .withLabel(ApiNames.LABEL_MANAGED_BY, ApiNames.MANAGED_BY_VALUE));
    nodes = informer(client.nodes());
    configMaps =
        informer(
            client
                .configMaps()
                .inAnyNamespace()
                .withLabel(ApiNames.LABEL_MANAGED_BY, ApiNames.MANAGED_BY_VALUE));
    informers.register("stoppablecontainers", resources);
    informers.register("stoppablecontainerinstances", instances);
    informers.register("pods", pods);
    informers.register("nodes", nodes);
    informers.register("configmaps", configMaps);
  }

  Optional<StoppableContainer> resource(String namespace, String name) {
    return find(resources, namespace, name);
  }

  Optional<StoppableContainerInstance> instance(String namespace, String name) {
    return find(instances, namespace, name);
  }

  Optional<Pod> pod(String namespace, String name) {
    return find(pods, namespace, name);
  }

  Optional<ConfigMap> configMap(String namespace, String name) {
    return find(configMaps, namespace, name);
  }

  Stream<StoppableContainer> resources() {
    return resources.getStore().list().stream();
  }

  Stream<StoppableContainer> resources(String namespace) {
    return resources.getIndexer().byIndex(Cache.NAMESPACE_INDEX, namespace).stream();
  }

  Stream<StoppableContainerInstance> instances() {
    return instances.getStore().list().stream();
  }

  Stream<Node> nodes() {
    return nodes.getStore().list().stream();
  }

  Stream<ConfigMap> configMaps(String namespace) {
    return configMaps.getIndexer().byIndex(Cache.NAMESPACE_INDEX, namespace).stream();
  }

  private static <T extends HasMetadata> SharedIndexInformer<T> informer(Informable<T> source) {
    // No resync of the informers' own: a route's timer hands over all keys now and then.
    return source.runnableInformer(0).itemStore(new TrimmingItemStore<>());
  }

  private static <T extends HasMetadata> Optional<T> find(
      SharedIndexInformer<T> informer, String namespace, String name) {
    return Optional.ofNullable(
        informer.getStore().getByKey(Cache.namespaceKeyFunc(namespace, name)));
  }
}
