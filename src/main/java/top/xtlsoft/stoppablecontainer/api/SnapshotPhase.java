package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Phases of a StoppableContainerSnapshot. */
public enum SnapshotPhase {
  /** The source is not there, or not stopped. */
  @JsonProperty("Pending")
  PENDING,
  /** The agent of the source's node takes the snapshot. */
  @JsonProperty("Taking")
  TAKING,
  /** The snapshot is taken. */
  @JsonProperty("Ready")
  READY,
  /** The snapshot can't be had any more; the Ready condition says why. */
  @JsonProperty("Failed")
  FAILED
}
