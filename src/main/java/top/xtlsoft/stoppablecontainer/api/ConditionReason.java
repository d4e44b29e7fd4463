package top.xtlsoft.stoppablecontainer.api;

/**
 * Reasons of conditions. The Ready condition also holds reasons of the node agent, as the agent
 * wrote them: {@link AgentReason}.
 */
public enum ConditionReason {
  /** Ready: the container runs and its pod is ready. Leaves with the pod. */
  RUNNING("Running", "The container is running."),
  /** Not ready: the provider pod has no node or no mounted file system yet. */
  PROVIDER_STARTING("ProviderStarting", "The provider pod is starting."),
  /** Not ready: the consumer pod is starting. Goes to RUNNING or to one of the failures. */
  CONSUMER_STARTING("ConsumerStarting", "The container is starting."),
  /** Not ready: the container runs on its file system, a probe or readiness gate says no. */
  CONTAINER_NOT_READY("ContainerNotReady", "The container runs and is not ready."),
  /** Not ready: not wanted; the pod is ending, or its last writes go to disk. Goes to STOPPED. */
  STOPPING("Stopping", "The container is stopping."),
  /** Not ready: not wanted, ended, and all writes on disk. */
  STOPPED("Stopped", "The container is stopped and its file system is kept."),
  /** Not ready: stopped by a time of spec.schedule, and all writes on disk. */
  STOPPED_BY_SCHEDULE(
      "StoppedBySchedule", "The container is stopped by its schedule and its file system is kept."),
  /** Not ready: stopped because it was idle, and all writes on disk. */
  STOPPED_IDLE("StoppedIdle", "The container was idle: it is stopped and its file system is kept."),
  /** Not ready: stopped until a snapshot is taken; then it is started again. */
  STOPPED_FOR_SNAPSHOT(
      "StoppedForSnapshot",
      "The container is stopped until its snapshot is taken, and then starts again."),
  /** Ended, not ready: by itself with success; the restart policy does not start it again. */
  COMPLETED("Completed", "The container has ended with success."),
  /** Ended, not ready: by itself with a failure; the restart policy does not start it again. */
  CONTAINER_FAILED("ContainerFailed", "The container has ended with a failure."),
  /** Not ready: the container keeps ending; kubelet waits before it starts it again. */
  CRASH_LOOP("CrashLoopBackOff", "The container keeps ending and is started again later."),
  /** Not ready: kubelet can't create a container, as with a missing Secret or command. */
  CONTAINER_CREATE_FAILED("ContainerCreateFailed", "A container can't be created."),
  /** Not ready: the image can't be pulled. Kubelet tries again. */
  IMAGE_PULL_FAILED("ImagePullFailed", "The image can't be pulled."),
  /** Not ready: no node fits a pod. The scheduler tries again. */
  UNSCHEDULABLE("Unschedulable", "No node fits."),
  /** Not ready: a pod waits for the node agent for longer than it should. Ends when it answers. */
  AGENT_NOT_RESPONDING("AgentNotResponding", "The node agent does not answer."),
  /** Failed: spec.hostPathPrefix is not on the allow-list. */
  HOST_PATH_PREFIX_NOT_ALLOWED(
      "HostPathPrefixNotAllowed", "spec.hostPathPrefix is not on the allow-list."),
  /**
   * Failed: the template has a field that can't work or that the operator sets; the message names
   * it.
   */
  INVALID_TEMPLATE("InvalidTemplate", "The template can't be used."),
  /** Failed: an entry of spec.schedule can't be read; the message names it. */
  INVALID_SCHEDULE("InvalidSchedule", "The schedule can't be used."),
  /** Failed: an object with a name that the operator needs belongs to another owner. */
  NAME_COLLISION("NameCollision", "An object of that name belongs to another owner."),
  /** Not ready: the API server refuses an object (quota, Pod Security, webhook). Tried again. */
  POD_REFUSED("PodRefused", "The API server refuses a pod."),
  /** SnapshotWaiting: the API server refuses the snapshot (quota, webhook). Tried again. */
  SNAPSHOT_REFUSED("SnapshotRefused", "The API server refuses a snapshot."),
  /** Not ready: a pod is deleted or replaced again and again; it is created again with back-off. */
  POD_DOES_NOT_LAST("PodDoesNotLast", "A pod goes again each time that it is made."),
  /** NodeUnavailable, failed: the node that keeps the file system has left the cluster. */
  NODE_GONE("NodeGone", "The node that keeps the file system has left the cluster."),
  /** Failed: no binaries for the architecture of the node. */
  ARCHITECTURE_NOT_SUPPORTED(
      "ArchitectureNotSupported", "There are no binaries for the node's architecture."),
  /** Snapshot, ready: it is taken, and outlives its source. */
  TAKEN("Taken", "The snapshot is taken."),
  /** Snapshot, not ready: the source is stopped, and the node agent is about to take it. */
  TAKING("Taking", "The node agent takes the snapshot."),
  /** Not ready: no object has the name of the source. */
  SOURCE_NOT_FOUND("SourceNotFound", "The source does not exist."),
  /** Restore, ready: the target has the files of the snapshot. */
  RESTORED("Restored", "The files are restored."),
  /** Restore, not ready: the state before is kept, then the files are exchanged. */
  RESTORING("Restoring", "The files are being restored."),
  /** Restore, not ready: the target runs, or its last writes are not on disk. */
  TARGET_RUNNING("TargetRunning", "The target runs. Stop it: a stopped one is restored."),
  /** Restore, not ready: no StoppableContainer has the name of the target. */
  TARGET_NOT_FOUND("TargetNotFound", "The target does not exist, or has no file system yet."),
  /** Not ready: the snapshot that the files come from is not taken yet. */
  SNAPSHOT_NOT_READY("SnapshotNotReady", "The snapshot is not taken yet."),
  /** Failed: the files of the source lie below another spec.hostPathPrefix. */
  SOURCE_ELSEWHERE("SourceElsewhere", "The source lies below another spec.hostPathPrefix."),
  /** Snapshot, not ready: the source has no file system yet. */
  SOURCE_NOT_READY("SourceNotReady", "The source has no file system yet."),
  /** Snapshot, not ready: the source runs, or its last writes are not on disk. */
  SOURCE_RUNNING(
      "SourceRunning",
      "The source runs. Stop it, or set spec.stopIfNeeded: a snapshot is taken of a stopped one."),
  /** Snapshot, not ready: the operator stops the source, as spec.stopIfNeeded says. */
  SOURCE_STOPPING(
      "SourceStopping", "The source is being stopped. It starts again after the snapshot."),
  /** Not ready: the resource is being deleted with its pods and its file system. */
  DELETING("Deleting", "The container is being deleted with its file system."),
  /** Mounted: the file system is mounted on its node. */
  MOUNTED("Mounted", "The file system is mounted on its node."),
  /** Not mounted: the file system is not mounted yet, or not yet again. */
  NOT_MOUNTED("NotMounted", "The file system is not mounted."),
  /** ImageChanged: an existing file system keeps the image that it was made from. */
  NOT_APPLIED(
      "NotApplied",
      "The file system keeps the image that it was made from. For the new image, create a"
          + " StoppableContainerRestore with toImage, whose keepPaths stay as they are, or a new"
          + " StoppableContainer."),
  /** PlacementNotApplied: the node was chosen before, and a file system never leaves its node. */
  NODE_FIXED(
      "NodeFixed",
      "spec.provider.nodeSelector does not choose the node that keeps the file system, which never"
          + " leaves it. Create a new StoppableContainer for another node."),
  /** NodeUnavailable: an autoscaler or an administrator is removing the node from the cluster. */
  NODE_BEING_REMOVED(
      "NodeBeingRemoved",
      "The node that keeps the file system is being removed from the cluster, and the file system"
          + " with its disk. Keep the node, or save what is needed now."),
  /** NodeUnavailable: containers on the node go on, and none is started there. */
  NODE_CORDONED(
      "NodeCordoned",
      "The node that keeps the file system is cordoned: what runs there goes on, and nothing is"
          + " started until it is uncordoned."),
  /** NodeUnavailable: the node does not report; it may be down, or only cut off. */
  NODE_NOT_READY(
      "NodeNotReady",
      "The node that keeps the file system is not ready. The container goes on when the node comes"
          + " back; if it never will, remove the node from the cluster and delete this"
          + " StoppableContainer."),
  /** DiskPressure: less than a hundredth of its space is left. */
  NO_SPACE_LEFT(
      "NoSpaceLeft",
      "The disk that keeps the file system is full: writes fail (ENOSPC). Delete files"
          + " there, or enlarge it."),
  /** DiskPressure: less than a hundredth of its inodes is left. */
  NO_INODES_LEFT(
      "NoInodesLeft",
      "The disk of the node that keeps the file system has no inodes left: no more files can be made"
          + " (ENOSPC). Delete files there."),
  /** DiskPressure: the disk is read-only. */
  READ_ONLY_FILE_SYSTEM(
      "ReadOnlyFileSystem",
      "The disk of the node that keeps the file system is mounted read-only, as after an error of"
          + " the disk: writes fail (EROFS). See the node's kernel log."),
  /** RestartRequired: the template was changed after the container was started. */
  TEMPLATE_CHANGED(
      "TemplateChanged",
      "The template was changed after the container was started. Set spec.running to false and to"
          + " true to apply it; the file system stays as it is."),
  /** Parked: the pod of the next start waits for it. */
  POD_WAITS("PodWaits", "The pod of the next start waits for it."),
  /** Parked: the pod waits, and holds all that it requests, which its user does not want. */
  RESOURCES_KEPT("ResourcesKept", "The pod of the next start holds what it requests."),
  /** Not parked: the pod of the next start is being made. Goes to POD_WAITS. */
  POD_STARTING("PodStarting", "The pod of the next start is starting."),
  /** Not parked: the template has what would be felt while the container is stopped. */
  NOT_PARKABLE("NotParkable", "The template's pod can't wait for a start.");

  private final String wire;
  private final String message;

  ConditionReason(String wire, String message) {
    this.wire = wire;
    this.message = message;
  }

  /** The word in the API. */
  public String wire() {
    return wire;
  }

  /** The message when nothing more specific is known. */
  public String message() {
    return message;
  }
}
