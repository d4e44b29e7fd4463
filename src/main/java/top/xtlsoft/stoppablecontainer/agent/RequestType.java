package top.xtlsoft.stoppablecontainer.agent;

/** What a pod may ask for. */
public enum RequestType {
  /** Mount the instance's file system on the node; the provider pod's part. */
  MOUNT,
  /** Give the container that file system as its root; the consumer pod's part. */
  ATTACH
}
