package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Phases of a StoppableContainer, as {@code kubectl get sc} shows them. */
public enum StoppableContainerPhase {
  /** Nothing mounted yet. Goes to PROVIDER_READY, to STOPPED when not wanted, or to FAILED. */
  @JsonProperty("Pending")
  PENDING,
  /**
   * The file system is mounted and the container is on its way. Goes to RUNNING, STOPPED or FAILED.
   */
  @JsonProperty("ProviderReady")
  PROVIDER_READY,
  /** The container runs on its file system. Goes to STOPPED, or back when a pod is lost. */
  @JsonProperty("Running")
  RUNNING,
  /**
   * Not wanted, or ended by itself with success: nothing runs, and its file system is on disk. Goes
   * to PROVIDER_READY or RUNNING.
   */
  @JsonProperty("Stopped")
  STOPPED,
  /** Nothing goes on until the user changes something; the Ready condition says what. */
  @JsonProperty("Failed")
  FAILED
}
