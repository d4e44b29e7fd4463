package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Whether a container is to run now, and if not, why. The operator finds it once for each pass;
 * phases, reasons and events follow from it, and {@code status.wanted} shows it to other programs.
 */
public enum Wanted {
  /** The container is to run. */
  @JsonProperty("Run")
  RUN(true, ConditionReason.RUNNING, EventReason.STARTED),
  /** spec.running is false. */
  @JsonProperty("StoppedByUser")
  STOPPED_BY_USER(false, ConditionReason.STOPPED, EventReason.STOPPED),
  /** A time of spec.schedule has stopped the container; the next one, or its user, starts it. */
  @JsonProperty("StoppedBySchedule")
  STOPPED_BY_SCHEDULE(false, ConditionReason.STOPPED_BY_SCHEDULE, EventReason.STOPPED_BY_SCHEDULE),
  /** The container was idle for as long as spec.idle says. Its user or the schedule starts it. */
  @JsonProperty("StoppedIdle")
  STOPPED_IDLE(false, ConditionReason.STOPPED_IDLE, EventReason.STOPPED_IDLE),
  /** A snapshot with spec.stopIfNeeded is to be taken of the container, which then runs again. */
  @JsonProperty("StoppedForSnapshot")
  STOPPED_FOR_SNAPSHOT(
      false, ConditionReason.STOPPED_FOR_SNAPSHOT, EventReason.STOPPED_FOR_SNAPSHOT),
  /**
   * The container has ended by itself, with success or with a failure, and its restart policy does
   * not start it again. Its pod is kept for its logs.
   */
  @JsonProperty("Completed")
  COMPLETED(true, ConditionReason.COMPLETED, EventReason.COMPLETED);

  private final boolean podWanted;
  private final ConditionReason reason;
  private final EventReason event;

  Wanted(boolean podWanted, ConditionReason reason, EventReason event) {
    this.podWanted = podWanted;
    this.reason = reason;
    this.event = event;
  }

  /** Whether the consumer pod is to exist. */
  public boolean isPodWanted() {
    return podWanted;
  }

  /** The reason of Ready once the container is in this state. */
  public ConditionReason reason() {
    return reason;
  }

  /** The event of reaching this state. */
  public EventReason event() {
    return event;
  }
}
