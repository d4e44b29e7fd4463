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

/** Keeps the ConfigMap with the binaries in each namespace that has a StoppableContainer. */
public final class ConfigMapGateway {

  private static final Logger LOG = LoggerFactory.getLogger(ConfigMapGateway.class);

  /** A ConfigMap that is forgotten is compared again. */
  private static final int MAX_COMPARED = 4096;

  private final KubernetesClient client;
  private final OperatorCaches caches;
  private final BinConfigMapFactory factory;
  private final ObjectDeleter deleter;

  /** UIDs of the ConfigMaps whose content was compared: they are immutable. */
  private final Map<String, Boolean> compared = RecentMap.ofMax(MAX_COMPARED);

  public ConfigMapGateway(
      KubernetesClient client, OperatorCaches caches, BinConfigMapFactory factory) {
    this.client = client;
    this.caches = caches;
    this.factory = factory;
    deleter = new ObjectDeleter(client);
  }

  /** Creates the ConfigMap that the pod of {@link Decision.CreatePod} mounts, if it is missing. */
  public Pass ensure(Pass pass) {
    String architecture = pass.decided(Decision.CreatePod.class).architecture();
    String namespace = pass.observed().key().namespace();
    return create(namespace, architecture) || holdsOurPrograms(namespace, architecture)
        ? pass
        : pass.fail(collision(factory.name(architecture))).again(InstanceGateway.LOOK_AGAIN);
  }

  /**
   * Whether the ConfigMap of that name holds the operator's programs. The admission policy keeps
   * other users from the name, but a ConfigMap can be older than the policy.
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
   * Creates a ConfigMap that existing pods mount again after a user has deleted it: a node that
   * boots could not start those pods. It can't restore binaries of another version of the operator.
   */
  public Pass restore(Pass pass) {
    String namespace = pass.observed().key().namespace();
    Set<String> mounted =
        Stream.of(pass.observed().provider(), pass.observed().consumerPod())
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

  /** Returns whether this call created it. */
  private boolean create(String namespace, String architecture) {
    if (caches.configMap(namespace, factory.name(architecture)).isPresent()) {
      return false;
    }
    ConfigMap desired = factory.configMap(namespace, architecture);
    try {
      ConfigMap made = client.resource(desired).create();
      compared.put(made.getMetadata().getUid(), true);
      LOG.info("ConfigMap created: configmap={}", desired.getMetadata().getName());
      return true;
    } catch (KubernetesClientException e) {
      // Another pass was faster, the cache is late, or a user created it: the caller compares it.
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
                LOG.info(
                    "ConfigMap deletion requested: configmap={}",
                    configMap.getMetadata().getName());
              });
    }
    return pass;
  }
}
