package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Phases of a StoppableContainerRestore. */
public enum RestorePhase {
  /** The target or the snapshot is not there, or the target is not stopped. */
  @JsonProperty("Pending")
  PENDING,
  /** A snapshot of the state before is taken, then the agent exchanges the files. */
  @JsonProperty("Restoring")
  RESTORING,
  /** The target has the files of the snapshot. */
  @JsonProperty("Restored")
  RESTORED,
  /** It can't be done; the Ready condition says why. Nothing was changed. */
  @JsonProperty("Failed")
  FAILED
}
