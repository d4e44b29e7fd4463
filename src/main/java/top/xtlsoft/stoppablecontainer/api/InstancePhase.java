package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Phases of a StoppableContainerInstance: the phases of its owner in finer steps. */
public enum InstancePhase {
  /** No provider pod yet. */
  @JsonProperty("Pending")
  PENDING,
  /** The provider pod exists, its file system is not mounted. */
  @JsonProperty("ProviderStarting")
  PROVIDER_STARTING,
  /** The file system is mounted and no consumer pod exists yet. */
  @JsonProperty("ProviderReady")
  PROVIDER_READY,
  /** The consumer pod exists; its container has no file system yet, or is not ready. */
  @JsonProperty("ConsumerStarting")
  CONSUMER_STARTING,
  /** The container runs on its file system. */
  @JsonProperty("Running")
  RUNNING,
  /** Not wanted; the consumer pod is ending, or its last writes go to disk. */
  @JsonProperty("Stopping")
  STOPPING,
  /** Not wanted, or ended by itself with success: nothing runs, and all is on disk. */
  @JsonProperty("Stopped")
  STOPPED,
  /** The operator waits for a change by the user. */
  @JsonProperty("Failed")
  FAILED
}
