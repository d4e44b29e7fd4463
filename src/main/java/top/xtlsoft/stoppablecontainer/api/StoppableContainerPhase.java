package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Phases of a StoppableContainer, as {@code kubectl get sc} shows them. */
public enum StoppableContainerPhase {
  /** Not mounted yet. Goes to PROVIDER_READY, to STOPPED when not wanted, or to FAILED. */
  @JsonProperty("Pending")
  PENDING,
  /**
   * The file system is mounted and the container is starting. Goes to RUNNING, STOPPED or FAILED.
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
  /** The operator waits for a change by the user; the Ready condition names it. */
  @JsonProperty("Failed")
  FAILED
}
