package top.xtlsoft.stoppablecontainer.api;

/**
 * Reasons of the Events on a StoppableContainer that tell of a step in its life. A failure's Event
 * carries the reason of the Ready condition instead.
 */
public enum EventReason {
  /** The file system is mounted for the first time, or again. */
  PROVIDER_READY("ProviderReady", "Mount", "The file system is mounted."),
  /** The container runs on its file system. */
  STARTED("Started", "Start", "The container is running."),
  /** The container is stopped and on disk. */
  STOPPED("Stopped", "Stop", "The container is stopped and its file system is kept."),
  /** The container and its file system are being deleted. */
  DELETING("Deleting", "Delete", "The container is being deleted with its file system."),
  /** The container ended by itself with success. */
  COMPLETED("Completed", "Run", "The container has ended with success.");

  private final String wire;
  private final String action;
  private final String message;

  EventReason(String wire, String action, String message) {
    this.wire = wire;
    this.action = action;
    this.message = message;
  }

  /** The word that stands in the API. */
  public String wire() {
    return wire;
  }

  /** What the operator was doing, in the words of the Event API. */
  public String action() {
    return action;
  }

  /** What to tell people when nothing more is known. */
  public String message() {
    return message;
  }
}
