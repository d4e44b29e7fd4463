package top.xtlsoft.stoppablecontainer.api;

/**
 * Why the agent refuses, waits or failed. These reasons stand in the conditions of pods, in
 * ready.json, in {@code status.agent} and, as the agent wrote them, in the Ready condition.
 */
public enum AgentReason {
  /** The administrator does not allow to keep a file system where the instance's spec says. */
  HOST_PATH_PREFIX_NOT_ALLOWED("HostPathPrefixNotAllowed"),
  /** The file system below the prefix can't carry an overlay's upper layer. */
  UNSUPPORTED_FILE_SYSTEM("UnsupportedFileSystem"),
  /** The folder was written by a newer version of the agent. */
  UNSUPPORTED_FORMAT("UnsupportedFormat"),
  /** There is a folder in the instance's place that no agent made. */
  UNKNOWN_FOLDER("UnknownFolder"),
  /** The file system that is to be adopted is not set aside here, or is another image's. */
  ADOPTION_REFUSED("AdoptionRefused"),
  /** The image's layers are not those that the file system was made on. */
  IMAGE_LAYERS_CHANGED("ImageLayersChanged"),
  /** The runtime doesn't lay the image out as an overlay. */
  UNSUPPORTED_SNAPSHOTTER("UnsupportedSnapshotter"),
  /** The container runs in a user namespace of its own. */
  UNSUPPORTED_USER_NAMESPACE("UnsupportedUserNamespace"),
  /** A mount of the pod finds something else in its place in the file system. */
  MOUNT_POINT_CONFLICT("MountPointConflict"),
  /** The image's ENTRYPOINT and CMD can't be had, and the pod needs them. */
  IMAGE_UNAVAILABLE("ImageUnavailable"),
  /** The pod asked for what is not its part. */
  REQUEST_NOT_ALLOWED("RequestNotAllowed"),
  /** The pod's container asks for its root again and waits for it. */
  ATTACHING("Attaching"),
  /** The provider pod asks again, and the file system is not mounted yet. */
  MOUNTING("Mounting"),
  /** The container is stopped, and a process of it is left. */
  STOPPING("Stopping"),
  /** The file system lies on another node. */
  WRONG_NODE("WrongNode"),
  /** Something failed on the node; the agent tries again. */
  NODE_ERROR("NodeError");

  private final String wire;

  AgentReason(String wire) {
    this.wire = wire;
  }

  /** The word as it stands in the API. */
  public String wire() {
    return wire;
  }
}
