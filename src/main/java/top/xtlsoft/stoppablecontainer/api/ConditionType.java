package top.xtlsoft.stoppablecontainer.api;

/** Conditions that stand in the status of both kinds: lasting facts, each true or false. */
public enum ConditionType {
  /**
   * The container runs on its file system and its pod is ready. Absent while it is stopped because
   * its user wants that: nothing is in progress then, which tools such as Helm and Flux would read
   * from a false one.
   */
  READY("Ready"),
  /**
   * Nothing goes on until the user changes something; the reason and the message are those of
   * Ready. Absent when it does. Tools that know kstatus read it as failed.
   */
  STALLED("Stalled"),
  /** The file system is mounted on its node. */
  MOUNTED("Mounted"),
  /**
   * The container has ended by itself, and its restart policy does not start it again; the reason
   * says how. Absent when it hasn't, and once it is stopped.
   */
  ENDED("Ended"),
  /**
   * The template names another image than the file system was made from. Absent when it doesn't.
   */
  IMAGE_CHANGED("ImageChanged"),
  /** The node that keeps the file system is cordoned, being removed, not ready or gone. */
  NODE_UNAVAILABLE("NodeUnavailable"),
  /**
   * spec.provider.nodeSelector does not choose the node that keeps the file system. Absent when it
   * does, and while no node is chosen.
   */
  PLACEMENT_NOT_APPLIED("PlacementNotApplied"),
  /** The disk that keeps the file system is full or read-only. Absent when it isn't. */
  DISK_PRESSURE("DiskPressure"),
  /**
   * The container runs with an older template. Absent when it doesn't, and while it does not run.
   */
  RESTART_REQUIRED("RestartRequired");

  private final String wire;

  ConditionType(String wire) {
    this.wire = wire;
  }

  /** The word that stands in the API. */
  public String wire() {
    return wire;
  }
}
