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
  /** The node, or its agent's rights, or what is asked for, does not go with a size. */
  STORAGE_SIZE_UNSUPPORTED("StorageSizeUnsupported"),
  /** The node's disk has no room for the size of the file system. */
  NOT_ENOUGH_SPACE("NotEnoughSpace"),
  /** The folder was written by a newer version of the agent. */
  UNSUPPORTED_FORMAT("UnsupportedFormat"),
  /** A frozen layer or the disk image of the file system is not on the node. */
  LAYER_MISSING("LayerMissing"),
  /** The file system lies on as many layers as its kernel mounts. */
  STACK_TOO_LONG("StackTooLong"),
  /** A program of the node uses the file system that a snapshot is to be taken of. */
  IN_USE("InUse"),
  /** The snapshot that the file system is to be made of is not on the node. */
  SNAPSHOT_MISSING("SnapshotMissing"),
  /** A file that a clone is not to take over is a folder, or can't be removed. */
  IDENTITY_NOT_RESET("IdentityNotReset"),
  /** What a restore is to keep can't be carried over. */
  PATH_NOT_KEPT("PathNotKept"),
  /** The instance that a snapshot is to be taken of is gone. */
  SOURCE_GONE("SourceGone"),
  /** The instance's place holds a folder that no agent made. */
  UNKNOWN_FOLDER("UnknownFolder"),
  /** The file system to adopt is not set aside on this node, or was made from another image. */
  ADOPTION_REFUSED("AdoptionRefused"),
  /** The image's layers are not those that the file system was made on. */
  IMAGE_LAYERS_CHANGED("ImageLayersChanged"),
  /** The runtime doesn't lay the image out as an overlay. */
  UNSUPPORTED_SNAPSHOTTER("UnsupportedSnapshotter"),
  /** The container runs in a user namespace of its own. */
  UNSUPPORTED_USER_NAMESPACE("UnsupportedUserNamespace"),
  /** The path of a mount of the pod is something else in the file system. */
  MOUNT_POINT_CONFLICT("MountPointConflict"),
  /** The pod needs the image's ENTRYPOINT and CMD, and the runtime does not return them. */
  IMAGE_UNAVAILABLE("ImageUnavailable"),
  /** The pod may not make this request. */
  REQUEST_NOT_ALLOWED("RequestNotAllowed"),
  /** The pod's container asks for its root again and waits for it. */
  ATTACHING("Attaching"),
  /** The provider pod asks again, and the file system is not mounted yet. */
  MOUNTING("Mounting"),
  /** The container is stopped, and a process of it still runs. */
  STOPPING("Stopping"),
  /** The file system lies on another node. */
  WRONG_NODE("WrongNode"),
  /** Something failed on the node; the agent tries again. */
  NODE_ERROR("NodeError");

  private final String wire;

  AgentReason(String wire) {
    this.wire = wire;
  }

  /** The word in the API. */
  public String wire() {
    return wire;
  }
}
