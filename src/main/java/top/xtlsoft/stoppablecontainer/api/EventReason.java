package top.xtlsoft.stoppablecontainer.api;

/**
 * Reasons of the Normal Events on a StoppableContainer, its snapshots and restores, one for each
 * step of its life. The Event of a failure has the reason of the Ready condition.
 */
public enum EventReason {
  /** The file system is mounted for the first time, or again. */
  PROVIDER_READY("ProviderReady", "Mount", "The file system is mounted."),
  /** The container runs on its file system. */
  STARTED("Started", "Start", "The container is running."),
  /** The container is stopped and on disk. */
  STOPPED("Stopped", "Stop", "The container is stopped and its file system is kept."),
  /** The container is stopped by its schedule and on disk. */
  STOPPED_BY_SCHEDULE("StoppedBySchedule", "Stop", "The container is stopped by its schedule."),
  /** The container has been stopped for almost as long as spec.deleteAfterStopped says. */
  EXPIRES("Expires", "Delete", "It has been stopped for long, and is deleted soon."),
  /** The container has been idle for almost as long as spec.idle says. */
  IDLE("Idle", "Stop", "It is idle, and is stopped soon."),
  /** A connection starts the container. */
  WOKEN("Woken", "Start", "A connection starts the container."),
  /** The container is stopped because it was idle, and on disk. */
  STOPPED_IDLE("StoppedIdle", "Stop", "The container was idle and is stopped."),
  /** The container is stopped until a snapshot is taken of it. */
  STOPPED_FOR_SNAPSHOT(
      "StoppedForSnapshot", "Stop", "The container is stopped until its snapshot is taken."),
  /** The container and its file system are being deleted. */
  DELETING("Deleting", "Delete", "The container is being deleted with its file system."),
  /** The container ended by itself with success. */
  COMPLETED("Completed", "Run", "The container has ended with success."),
  /** The snapshot is taken. */
  TAKEN("Taken", "Snapshot", "The snapshot is taken."),
  /** The restore is done. */
  RESTORED("Restored", "Restore", "The files are restored."),
  /** The time of a snapshot or of a restore has ended. */
  EXPIRED("Expired", "Delete", "Its ttl has ended, and it is deleted.");

  private final String wire;
  private final String action;
  private final String message;

  EventReason(String wire, String action, String message) {
    this.wire = wire;
    this.action = action;
    this.message = message;
  }

  /** The word in the API. */
  public String wire() {
    return wire;
  }

  /** The operator's action, as the Event API calls it. */
  public String action() {
    return action;
  }

  /** The message of the event. */
  public String message() {
    return message;
  }
}
