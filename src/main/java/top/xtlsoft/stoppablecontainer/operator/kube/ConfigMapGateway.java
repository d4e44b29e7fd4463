package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.operator.model.BinConfigMapFactory;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;
import top.xtlsoft.stoppablecontainer.runtime.RecentMap;

/** Keeps the binaries in each namespace that has a StoppableContainer, and only there. */
public final class ConfigMapGateway {

  private static final Logger LOG = LoggerFactory.getLogger(ConfigMapGateway.class);

  /** One that is not remembered any more is compared again. */
  private static final int MOST_COMPARED = 4096;

  private final KubernetesClient client;
  private final OperatorCaches caches;
  private final BinConfigMapFactory factory;
  private final ObjectDeleter deleter;

  /** By UID the ConfigMaps whose content was compared: they are immutable. */
  private final Map<String, Boolean> compared = RecentMap.ofMax(MOST_COMPARED);

  public ConfigMapGateway(
      KubernetesClient client, OperatorCaches caches, BinConfigMapFactory factory) {
    this.client = client;
    this.caches = caches;
    this.factory = factory;
    deleter = new ObjectDeleter(client);
  }

  /** Makes sure of the binaries that the pod about to be created mounts. */
  public Pass ensure(Pass pass) {
    String architecture = pass.decided(Decision.CreatePod.class).architecture();
    String namespace = pass.observed().key().namespace();
    return create(namespace, architecture) || holdsOurPrograms(namespace, architecture)
        ? pass
        : pass.fail(collision(factory.name(architecture)))
            .again(InstanceGateway.LOOK_AGAIN_AFTER_COLLISION);
  }

  /**
   * Whether the ConfigMap of that name is the operator's. The name says what is in it, and the
   * admission policy keeps others off the name, but not one that was made before the policy was.
   */
  private boolean holdsOurPrograms(String namespace, String architecture) {
    Optional<String> uid =
        caches
            .configMap(namespace, factory.name(architecture))
            .map(configMap -> configMap.getMetadata().getUid());
    if (uid.filter(compared::containsKey).isPresent()) {
      return true;
    }
    ConfigMap desired = factory.configMap(namespace, architecture);
    Optional<ConfigMap> found =
        client
            .configMaps()
            .inNamespace(namespace)
            .withField("metadata.name", desired.getMetadata().getName())
            .list()
            .getItems()
            .stream()
            .findFirst();
    boolean ours =
        found
            .filter(now -> Boolean.TRUE.equals(now.getImmutable()))
            .filter(now -> desired.getBinaryData().equals(now.getBinaryData()))
            .filter(now -> now.getData() == null || now.getData().isEmpty())
            .isPresent();
    if (ours) {
      compared.put(found.get().getMetadata().getUid(), true);
    }
    return ours;
  }

  private static Problem collision(String name) {
    return new Problem(
        ConditionReason.NAME_COLLISION,
        "ConfigMap "
            + name
            + " exists and does not hold the operator's programs. Delete it, and the operator makes"
            + " its own.",
        true);
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

  /** Whether it was made just now. */
  private boolean create(String namespace, String architecture) {
    if (caches.configMap(namespace, factory.name(architecture)).isPresent()) {
      return false;
    }
    ConfigMap desired = factory.configMap(namespace, architecture);
    try {
      ConfigMap made = client.resource(desired).create();
      compared.put(made.getMetadata().getUid(), true);
      LOG.info("ConfigMap {} created", desired.getMetadata().getName());
      return true;
    } catch (KubernetesClientException e) {
      // Another pass was faster, or the cache is late, or it is somebody else's: it is compared.
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      return false;
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
