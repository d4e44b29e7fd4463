package top.xtlsoft.stoppablecontainer.api;

/** Names that users, other tools and the programs of this project share. */
public final class ApiNames {

  /** API group of all kinds, and prefix of labels and pod conditions. */
  public static final String GROUP = "stoppablecontainer.xtlsoft.top";

  public static final String VERSION = "v1alpha1";

  public static final String DEFAULT_HOST_PATH_PREFIX = "/var/lib/stoppablecontainer";

  /** Label on all objects that the operator makes; its value is {@link #MANAGED_BY_VALUE}. */
  public static final String LABEL_MANAGED_BY = GROUP + "/managed-by";

  public static final String MANAGED_BY_VALUE = "stoppablecontainer";

  /** Label with the StoppableContainer's name, on its pods. */
  public static final String LABEL_INSTANCE = GROUP + "/instance";

  /** Label that distinguishes the two pods: {@link #ROLE_PROVIDER} or {@link #ROLE_CONSUMER}. */
  public static final String LABEL_ROLE = GROUP + "/role";

  public static final String ROLE_PROVIDER = "provider";
  public static final String ROLE_CONSUMER = "consumer";

  /**
   * Label of a snapshot that was taken by a schedule, with the name of its StoppableContainer. Its
   * user may take it off, and the snapshot then stays.
   */
  public static final String LABEL_SCHEDULED_BY = GROUP + "/scheduled-by";

  /** Annotation of both pods: a hash of the template that it was made from. */
  public static final String ANNOTATION_TEMPLATE_HASH = GROUP + "/template-hash";

  /**
   * Annotation of the consumer pod: {@link #ROOT_WRITABLE} or {@link #ROOT_READ_ONLY}, the state of
   * the container's root after the attach. Before that the root is read-only.
   */
  public static final String ANNOTATION_ROOT = GROUP + "/root-file-system";

  public static final String ROOT_WRITABLE = "writable";
  public static final String ROOT_READ_ONLY = "read-only";

  /**
   * Annotation of both pods: the image that the operator requested. An admission webhook may have
   * changed the pod's image.
   */
  public static final String ANNOTATION_IMAGE = GROUP + "/image";

  /**
   * Annotation of a consumer pod whose main container has ended for good: the operator has set a
   * deadline that ends the other containers.
   */
  public static final String ANNOTATION_ENDED = GROUP + "/ended";

  /**
   * Annotation of a consumer pod that was made while its container is stopped, and waits for the
   * next start: the generation of its instance. A start gives the instance a newer one.
   */
  public static final String ANNOTATION_PARKED = GROUP + "/parked";

  /** Annotation of a provider pod that listens for the container: on which ports, and for whom. */
  public static final String ANNOTATION_WAKE = GROUP + "/wake";

  /** Annotation of a provider pod with the labels of the template that it has now, as JSON. */
  public static final String ANNOTATION_WAKE_LABELS = GROUP + "/wake-labels";

  /** Annotation of a provider pod that the scheduler puts beside its consumer pod. */
  public static final String ANNOTATION_FOLLOWS = GROUP + "/follows";

  /** Annotation with the default container of kubectl exec, logs and cp. */
  public static final String ANNOTATION_DEFAULT_CONTAINER =
      "kubectl.kubernetes.io/default-container";

  /** The operator's finalizer on a StoppableContainer: until its pods and its instance are gone. */
  public static final String FINALIZER = GROUP + "/finalizer";

  /** The node agent's finalizer on an instance: until the node is clean. */
  public static final String INSTANCE_FINALIZER =
      "stoppablecontainerinstance.xtlsoft.top/finalizer";

  /** The node agent's finalizer on a snapshot: until its files are gone. */
  public static final String SNAPSHOT_FINALIZER =
      "stoppablecontainersnapshot.xtlsoft.top/finalizer";

  /** UID of the restore for whose other image a pod was made. */
  public static final String ANNOTATION_RESTORE = GROUP + "/restore";

  /** Readiness gate of the provider pod: the file system is mounted on its node. */
  public static final String POD_CONDITION_MOUNTED = GROUP + "/mounted";

  /** Readiness gate of the consumer pod: the container has been given its file system. */
  public static final String POD_CONDITION_ATTACHED = GROUP + "/attached";

  public static final String PROVIDER_SUFFIX = "-provider";

  /** Container of the provider pod that runs the user's image; the agent takes its layers. */
  public static final String CONTAINER_ROOTFS = "rootfs";

  /** Container of the provider pod that requests the mount. */
  public static final String CONTAINER_PROVIDER = "provider";

  /** Name of the stoppable container when the user gave it none. */
  public static final String CONTAINER_DEFAULT = "main";

  /** Environment variable that marks the rootfs container's process for the agent. */
  public static final String ENV_ROOTFS_MARKER = "ROOTFS_MARKER";

  /** Prefix of the operator's own volumes in a pod. */
  public static final String VOLUME_PREFIX = "stoppablecontainer-";

  public static final String VOLUME_EPHEMERAL = VOLUME_PREFIX + "ephemeral-";
  public static final String VOLUME_BIN = VOLUME_PREFIX + "bin";
  public static final String VOLUME_REQUEST = VOLUME_PREFIX + "request";
  public static final String VOLUME_READY = VOLUME_PREFIX + "ready";

  /** Prefix of the operator's own mount paths in a pod. */
  public static final String MOUNT_PREFIX = "/.sc-";

  public static final String MOUNT_BIN = MOUNT_PREFIX + "bin";
  public static final String MOUNT_REQUEST = MOUNT_PREFIX + "request";
  public static final String MOUNT_READY = MOUNT_PREFIX + "ready";

  /** Maximum size of a StoppableContainer's spec, in bytes of JSON. */
  public static final int MOST_SPEC_BYTES = 64 * 1024;

  public static final String OPERATOR_NAMESPACE = "stoppablecontainer-system";
  public static final String OPERATOR_NAME = "stoppablecontainer-controller-manager";
  public static final String AGENT_NAME = "stoppablecontainer-mount-helper";

  private ApiNames() {}

  /** Name of the provider pod of a StoppableContainer. */
  public static String providerPodName(String name) {
    return name + PROVIDER_SUFFIX;
  }
}
