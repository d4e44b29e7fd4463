package top.xtlsoft.stoppablecontainer.api;

/** Names that users, other tools and the two programs of this project know each other by. */
public final class ApiNames {

  /** API group of both kinds, and prefix of labels and pod conditions. */
  public static final String GROUP = "stoppablecontainer.xtlsoft.top";

  public static final String VERSION = "v1alpha1";

  public static final String DEFAULT_HOST_PATH_PREFIX = "/var/lib/stoppablecontainer";

  /** Label on all that the operator makes; its value is {@link #MANAGED_BY_VALUE}. */
  public static final String LABEL_MANAGED_BY = GROUP + "/managed-by";

  public static final String MANAGED_BY_VALUE = "stoppablecontainer";

  /** Label with the StoppableContainer's name, on its pods. */
  public static final String LABEL_INSTANCE = GROUP + "/instance";

  /** Label that tells the two pods apart: {@link #ROLE_PROVIDER} or {@link #ROLE_CONSUMER}. */
  public static final String LABEL_ROLE = GROUP + "/role";

  public static final String ROLE_PROVIDER = "provider";
  public static final String ROLE_CONSUMER = "consumer";

  /** Annotation of both pods: a hash of the template that it was made from. */
  public static final String ANNOTATION_TEMPLATE_HASH = GROUP + "/template-hash";

  /**
   * Annotation of the consumer pod: {@link #ROOT_WRITABLE} or {@link #ROOT_READ_ONLY}, what the
   * container's root is once it has its file system. Until then it is read-only.
   */
  public static final String ANNOTATION_ROOT = GROUP + "/root-file-system";

  public static final String ROOT_WRITABLE = "writable";
  public static final String ROOT_READ_ONLY = "read-only";

  /**
   * Annotation of both pods: the image that the operator asked for. Admission webhooks may have
   * another one run.
   */
  public static final String ANNOTATION_IMAGE = GROUP + "/image";

  /**
   * Annotation of a consumer pod whose main container has ended for good: the operator has kubelet
   * end the other containers by a deadline.
   */
  public static final String ANNOTATION_ENDED = GROUP + "/ended";

  /** Annotation of a provider pod that the scheduler puts beside its consumer pod. */
  public static final String ANNOTATION_FOLLOWS = GROUP + "/follows";

  /** Annotation by which kubectl knows which container exec, logs and cp mean. */
  public static final String ANNOTATION_DEFAULT_CONTAINER =
      "kubectl.kubernetes.io/default-container";

  /** Held by the operator on a StoppableContainer until all that belongs to it is gone. */
  public static final String FINALIZER = GROUP + "/finalizer";

  /** Held by the node agent on an instance until the node is clean. */
  public static final String INSTANCE_FINALIZER =
      "stoppablecontainerinstance.xtlsoft.top/finalizer";

  /** Readiness gate of the provider pod: the file system is mounted on its node. */
  public static final String POD_CONDITION_MOUNTED = GROUP + "/mounted";

  /** Readiness gate of the consumer pod: the container has been given its file system. */
  public static final String POD_CONDITION_ATTACHED = GROUP + "/attached";

  public static final String PROVIDER_SUFFIX = "-provider";

  /** Container of the provider pod that runs the user's image; the agent takes its layers. */
  public static final String CONTAINER_ROOTFS = "rootfs";

  /** Container of the provider pod that asks the agent to mount. */
  public static final String CONTAINER_PROVIDER = "provider";

  /** Name of the stoppable container when the user gave it none. */
  public static final String CONTAINER_DEFAULT = "main";

  /** Environment variable that marks the rootfs container's process for the agent. */
  public static final String ENV_ROOTFS_MARKER = "ROOTFS_MARKER";

  /** Names that begin so are ours in a pod's volumes. */
  public static final String VOLUME_PREFIX = "stoppablecontainer-";

  public static final String VOLUME_BIN = VOLUME_PREFIX + "bin";
  public static final String VOLUME_REQUEST = VOLUME_PREFIX + "request";
  public static final String VOLUME_READY = VOLUME_PREFIX + "ready";

  /** Mount paths that begin so are ours in a pod. */
  public static final String MOUNT_PREFIX = "/.sc-";

  public static final String MOUNT_BIN = MOUNT_PREFIX + "bin";
  public static final String MOUNT_REQUEST = MOUNT_PREFIX + "request";
  public static final String MOUNT_READY = MOUNT_PREFIX + "ready";

  /** Bytes of a StoppableContainer's spec, as JSON, that the operator takes at most. */
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
