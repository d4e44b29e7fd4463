package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a stopped container keeps besides its file system. */
public enum WhenStopped {
  /** Nothing: its pod is gone, and each start makes a new one. */
  @JsonProperty("Release")
  RELEASE,
  /** The pod of the next start is made at once and waits, so that a start is one attach. */
  @JsonProperty("Park")
  PARK
}
