package top.xtlsoft.stoppablecontainer.agent.kube;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.client.informers.cache.Store;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.MainContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;

/** The pods of this node that are ours, and which instance each belongs to. */
public final class AgentPods {

  private static final Pattern GENERATION = Pattern.compile("[0-9]{1,18}");

  private final InformerGroup informers;
  private final AgentInstances instances;
  private final AgentSettings settings;

  public AgentPods(InformerGroup informers, AgentInstances instances, AgentSettings settings) {
    this.informers = informers;
    this.instances = instances;
    this.settings = settings;
  }

  /** The pod of that key ({@code namespace/name}), if it is on this node. */
  public Optional<Pod> find(String key) {
    return Optional.ofNullable(store().getByKey(key));
  }

  /** All pods of an instance that the API server still has on this node. */
  public List<Pod> of(String namespace, String uid) {
    return store().list().stream()
        .filter(pod -> pod.getMetadata().getNamespace().equals(namespace))
        .filter(pod -> owner(pod).filter(o -> o.getUid().equals(uid)).isPresent())
        .toList();
  }

  /** The pod in which an instance's container runs, if it is on this node. */
  public Optional<Pod> consumerOf(StoppableContainerInstance instance) {
    return find(instance.getMetadata().getNamespace() + "/" + instance.getMetadata().getName())
        .filter(
            pod ->
                owner(pod)
                    .filter(o -> o.getUid().equals(instance.getMetadata().getUid()))
                    .isPresent());
  }

  /**
   * {@code namespace/name} of the instance that owns the pod, or owned it: when an instance is
   * deleted with {@code --cascade=orphan}, the garbage collector takes its owner reference off the
   * pods, and only their label is left.
   */
  public Optional<String> instanceKey(Pod pod) {
    return owner(pod)
        .map(OwnerReference::getName)
        .or(() -> label(pod))
        .map(name -> pod.getMetadata().getNamespace() + "/" + name);
  }

  /** Whether no owner reference names the instance that the pod belonged to. */
  public boolean isOrphaned(Pod pod) {
    return owner(pod).isEmpty();
  }

  private static Optional<String> label(Pod pod) {
    return Optional.ofNullable(pod.getMetadata().getLabels())
        .map(labels -> labels.get(ApiNames.LABEL_INSTANCE));
  }

  /** UID of the restore for whose other image the operator made a pod. */
  public static Optional<String> restoreOf(Pod pod) {
    return Optional.ofNullable(pod.getMetadata().getAnnotations())
        .map(annotations -> annotations.get(ApiNames.ANNOTATION_RESTORE));
  }

  /** For routes: the same key, empty when there is none. */
  public String instanceKeyOf(Pod pod) {
    return instanceKey(pod).orElse("");
  }

  /**
   * What the pod's status says of the container that asks, whichever of the pod's containers that
   * is.
   */
  public static Optional<ContainerStatus> containerStatus(Pod pod) {
    String name =
        Optional.ofNullable(pod.getSpec()).map(PodSpec::getContainers).orElse(List.of()).stream()
            .filter(MainContainer::asks)
            .map(Container::getName)
            .findFirst()
            .orElse("");
    return Optional.ofNullable(pod.getStatus())
        .map(PodStatus::getContainerStatuses)
        .orElse(List.of())
        .stream()
        .filter(status -> name.equals(status.getName()))
        .findFirst();
  }

  /**
   * Whether the pod's container gets a writable root, although its first root is read-only. A pod
   * of an operator that does not say so has the root that it is given.
   */
  public static boolean wantsWritableRoot(Pod pod) {
    return ApiNames.ROOT_WRITABLE.equals(
        Objects.requireNonNullElse(pod.getMetadata().getAnnotations(), Map.<String, String>of())
            .get(ApiNames.ANNOTATION_ROOT));
  }

  /** Whether the pod's containers run in the node's user namespace. */
  public static boolean usesHostUsers(Pod pod) {
    return !Boolean.FALSE.equals(pod.getSpec().getHostUsers());
  }

  /**
   * The instance that a pod may ask this for.
   *
   * @throws RefusedException when the pod is no part of an instance of this node, or asks for what
   *     is not its part
   * @throws NotYetException when the instance is not known, has no node yet, is being deleted, or
   *     is stopped and an attach is asked for
   */
  public Instance instanceOf(Pod pod, RequestType type) {
    OwnerReference owner =
        owner(pod)
            .orElseThrow(
                () ->
                    new RefusedException(
                        AgentReason.REQUEST_NOT_ALLOWED, "the pod belongs to no instance"));
    String expected =
        switch (type) {
          case MOUNT, WAKE -> ApiNames.providerPodName(owner.getName());
          case ATTACH -> owner.getName();
        };
    if (!pod.getMetadata().getName().equals(expected)) {
      throw new RefusedException(
          AgentReason.REQUEST_NOT_ALLOWED, "only the pod " + expected + " may ask for this");
    }
    if (type == RequestType.WAKE && !listens(pod)) {
      throw new RefusedException(
          AgentReason.REQUEST_NOT_ALLOWED, "no connection starts the container of this pod");
    }
    String key = pod.getMetadata().getNamespace() + "/" + owner.getName();
    StoppableContainerInstance instance =
        instances
            .load(key, owner.getUid())
            .orElseThrow(() -> NotYetException.untilRetry("the pod's instance is not known"));
    if (instance.getMetadata().getDeletionTimestamp() != null) {
      throw NotYetException.untilEvent("the pod's instance is being deleted");
    }
    String node = instance.getSpec().nodeName();
    if (node == null) {
      throw NotYetException.untilRetry("the instance has no node yet");
    }
    if (!node.equals(settings.nodeName())) {
      throw new RefusedException(
          AgentReason.WRONG_NODE, "the file system lies on node " + node + ", not on this one");
    }
    if (type == RequestType.ATTACH && !isStarted(instance, pod)) {
      throw NotYetException.untilEvent("the container is stopped");
    }
    Instance allowed = Instance.of(instance);
    settings.storage().requireAllowed(allowed.storage());
    return allowed;
  }

  /**
   * Whether the instance runs, and has been started since the pod was made for its next start: a
   * cache that lacks the stop in between has an instance that runs.
   */
  private static boolean isStarted(StoppableContainerInstance instance, Pod pod) {
    String parked =
        Objects.requireNonNullElse(pod.getMetadata().getAnnotations(), Map.<String, String>of())
            .get(ApiNames.ANNOTATION_PARKED);
    return instance.getSpec().running()
        && (parked == null
            || !GENERATION.matcher(parked).matches()
            || Long.parseLong(parked) < instance.getMetadata().getGeneration());
  }

  /** Whether the operator has a provider pod listen for its container. */
  private static boolean listens(Pod pod) {
    return Optional.ofNullable(pod.getMetadata().getAnnotations())
        .filter(annotations -> annotations.containsKey(ApiNames.ANNOTATION_WAKE))
        .isPresent();
  }

  private static Optional<OwnerReference> owner(Pod pod) {
    return pod.getMetadata().getOwnerReferences().stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .filter(owner -> owner.getKind().equals("StoppableContainerInstance"))
        .filter(owner -> owner.getApiVersion().startsWith(ApiNames.GROUP + "/"))
        .filter(owner -> Objects.nonNull(owner.getUid()))
        .findFirst();
  }

  @SuppressWarnings("unchecked")
  private Store<Pod> store() {
    return (Store<Pod>) informers.get(AgentInformers.PODS).getStore();
  }
}
