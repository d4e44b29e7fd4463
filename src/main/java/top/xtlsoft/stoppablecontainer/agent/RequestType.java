package top.xtlsoft.stoppablecontainer.agent;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a pod may ask for. */
public enum RequestType {
  /** Mount the instance's file system on the node; the provider pod's part. */
  @JsonProperty("mount")
  MOUNT,
  /** Give the container that file system as its root; the consumer pod's part. */
  @JsonProperty("attach")
  ATTACH,
  /** Say where the container runs, and have it started; the provider pod's part. */
  @JsonProperty("wake")
  WAKE
}
