package top.xtlsoft.stoppablecontainer.agent;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Store;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInformers;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;

/** Caches of informers that hold what a test puts into them. */
public final class FakeCaches {

  private final Map<String, HasMetadata> pods = new ConcurrentHashMap<>();
  private final Map<String, HasMetadata> instances = new ConcurrentHashMap<>();
  private final Map<String, HasMetadata> snapshots = new ConcurrentHashMap<>();
  private final InformerGroup informers = new InformerGroup();

  public FakeCaches() {
    informers.register(AgentInformers.PODS, informer(pods));
    informers.register(AgentInformers.INSTANCES, informer(instances));
    informers.register(AgentInformers.SNAPSHOTS, informer(snapshots));
    informers.register(AgentInformers.ORPHAN_REPORT, informer(Map.of()));
  }

  public void put(Pod pod) {
    pods.put(key(pod), pod);
  }

  public void remove(Pod pod) {
    pods.remove(key(pod));
  }

  public void put(StoppableContainerInstance instance) {
    instances.put(key(instance), instance);
  }

  public void put(StoppableContainerSnapshot snapshot) {
    snapshots.put(key(snapshot), snapshot);
  }

  public InformerGroup informers() {
    return informers;
  }

  AgentInstances instances(KubernetesClient client) {
    return new AgentInstances(informers, client);
  }

  public AgentPods pods(KubernetesClient client, AgentSettings settings) {
    return new AgentPods(informers, instances(client), settings);
  }

  private static String key(HasMetadata object) {
    return object.getMetadata().getNamespace() + "/" + object.getMetadata().getName();
  }

  @SuppressWarnings("unchecked")
  private static SharedIndexInformer<HasMetadata> informer(Map<String, HasMetadata> objects) {
    Store<HasMetadata> store =
        (Store<HasMetadata>)
            Proxy.newProxyInstance(
                Store.class.getClassLoader(),
                new Class<?>[] {Store.class},
                (self, method, arguments) ->
                    switch (method.getName()) {
                      case "getByKey" -> objects.get((String) arguments[0]);
                      case "list" -> List.copyOf(objects.values());
                      default -> throw new UnsupportedOperationException(method.getName());
                    });
    return (SharedIndexInformer<HasMetadata>)
        Proxy.newProxyInstance(
            SharedIndexInformer.class.getClassLoader(),
            new Class<?>[] {SharedIndexInformer.class},
            (self, method, arguments) ->
                switch (method.getName()) {
                  case "getStore" -> store;
                  case "start" -> CompletableFuture.completedFuture(null);
                  case "exceptionHandler", "addEventHandler", "stop" -> null;
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }
}
