package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.operator.model.BinConfigMapFactory;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;

/** Keeps the binaries in each namespace that has a StoppableContainer, and only there. */
public final class ConfigMapGateway {

  private static final Logger LOG = LoggerFactory.getLogger(ConfigMapGateway.class);

  private final KubernetesClient client;
  private final OperatorCaches caches;
  private final BinConfigMapFactory factory;
  private final ObjectDeleter deleter;

  public ConfigMapGateway(
      KubernetesClient client, OperatorCaches caches, BinConfigMapFactory factory) {
    this.client = client;
    this.caches = caches;
    this.factory = factory;
    deleter = new ObjectDeleter(client);
  }

  /** Makes sure of the binaries that the pod about to be created mounts. */
  public Pass ensure(Pass pass) {
    String architecture =
        switch (pass.decision()) {
          case Decision.CreateProvider provider -> provider.architecture();
          case Decision.CreateConsumer consumer -> consumer.architecture();
          case Decision.Nothing _,
              Decision.Await _,
              Decision.Refuse _,
              Decision.HoldResource _,
              Decision.ReleaseResource _,
              Decision.CreateInstance _,
              Decision.AdoptInstance _,
              Decision.ChangeInstance _,
              Decision.DeleteInstance _,
              Decision.ReleaseInstance _,
              Decision.DeleteProvider _,
              Decision.DeleteConsumer _,
              Decision.EndConsumer _,
              Decision.AnnounceStop _ ->
              throw new IllegalArgumentException("no pod to create: " + pass);
        };
    create(pass.observed().key().namespace(), architecture);
    return pass;
  }

  /**
   * Makes the binaries that existing pods mount again if somebody deleted them: a node that boots
   * could not start those pods. Binaries of another version of the operator are lost.
   */
  public Pass restore(Pass pass) {
    String namespace = pass.observed().key().namespace();
    Set<String> mounted =
        Stream.of(pass.observed().provider(), pass.observed().consumer())
            .flatMap(Optional::stream)
            .flatMap(pod -> pod.getSpec().getVolumes().stream())
            .filter(volume -> ApiNames.VOLUME_BIN.equals(volume.getName()))
            .filter(volume -> volume.getConfigMap() != null)
            .map(volume -> volume.getConfigMap().getName())
            .collect(Collectors.toSet());
    factory.architectures().stream()
        .filter(architecture -> mounted.contains(factory.name(architecture)))
        .forEach(architecture -> create(namespace, architecture));
    return pass;
  }

  private void create(String namespace, String architecture) {
    if (caches.configMap(namespace, factory.name(architecture)).isPresent()) {
      return;
    }
    ConfigMap desired = factory.configMap(namespace, architecture);
    try {
      client.resource(desired).create();
      LOG.info("ConfigMap {} created", desired.getMetadata().getName());
    } catch (KubernetesClientException e) {
      // Another pass was faster, or the cache is late: the name says what is in it.
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  /** Removes the namespace's ConfigMaps if this is its last StoppableContainer. */
  public Pass removeUnused(Pass pass) {
    String namespace = pass.observed().key().namespace();
    if (caches.isLast(pass.observed().key())) {
      caches
          .configMaps(namespace)
          .forEach(
              configMap -> {
                deleter.delete(configMap);
                LOG.info("ConfigMap {} is being deleted", configMap.getMetadata().getName());
              });
    }
    return pass;
  }
}
