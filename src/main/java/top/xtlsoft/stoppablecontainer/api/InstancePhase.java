package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Phases of a StoppableContainerInstance: the same life as its owner's in finer steps. */
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
  /** The consumer pod exists, its container has not got its file system or is not ready. */
  @JsonProperty("ConsumerStarting")
  CONSUMER_STARTING,
  /** The container runs on its file system. */
  @JsonProperty("Running")
  RUNNING,
  /** Not wanted; the consumer pod is going, or its last writes are being brought to disk. */
  @JsonProperty("Stopping")
  STOPPING,
  /** Not wanted, or ended by itself with success: nothing runs, and all is on disk. */
  @JsonProperty("Stopped")
  STOPPED,
  /** Nothing goes on until the user changes something. */
  @JsonProperty("Failed")
  FAILED
}
