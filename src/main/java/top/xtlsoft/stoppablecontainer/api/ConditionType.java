package top.xtlsoft.stoppablecontainer.api;

/** Conditions in the statuses of both kinds: lasting facts, each true or false. */
public enum ConditionType {
  /**
   * The container runs on its file system and its pod is ready. Absent while its user has it
   * stopped: tools such as Helm and Flux would read a false condition as work in progress.
   */
  READY("Ready"),
  /**
   * The operator waits for a change by the user; the reason and the message are those of Ready.
   * Absent otherwise. Tools that know kstatus read it as failed.
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
  RESTART_REQUIRED("RestartRequired"),
  /**
   * A snapshot that spec.snapshots asks for is due and not taken; reason and message are those of
   * the snapshot. Absent otherwise.
   */
  SNAPSHOT_WAITING("SnapshotWaiting"),
  /**
   * The pod of the next start waits. Absent while the container is not stopped, and without
   * spec.whenStopped: Park.
   */
  PARKED("Parked");

  private final String wire;

  ConditionType(String wire) {
    this.wire = wire;
  }

  /** The word in the API. */
  public String wire() {
    return wire;
  }
}
