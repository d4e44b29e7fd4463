package top.xtlsoft.stoppablecontainer.e2e.soak;

import java.time.Duration;

/** One thing that a round does. */
sealed interface Step {

  /** A user does something to a StoppableContainer. */
  record Act(Action action, String box) implements Step {
    @Override
    public String toString() {
      return action + " " + box;
    }
  }

  /** A fault strikes; kinds that strike no container in particular don't look at the box. */
  record Strike(Fault fault, String box) implements Step {
    @Override
    public String toString() {
      return fault + " " + box;
    }
  }

  /** Time passes, for the last step to get half done. */
  record Pause(Duration time) implements Step {
    @Override
    public String toString() {
      return time.toMillis() + "ms";
    }
  }

  /** What users do. */
  enum Action {
    START,
    STOP,
    /** A user leaves: the container is idle now, and stops. */
    LEAVE,
    /** A user connects to one that is stopped, which starts it; one without a wake is started. */
    CONNECT,
    /** A stop, and a start before it is done. */
    RESTART,
    /** Plain {@code kubectl exec}s that write, as early as the pod takes them. */
    EXEC,
    /** A change of the template, which takes effect at the next start. */
    EDIT,
    /** A snapshot; a container that runs is stopped for it and started again. */
    SNAPSHOT,
    /** A stop, and a restore of the oldest snapshot, if there is one. */
    RESTORE,
    /** A clone of the newest snapshot, if there is one. */
    CLONE,
    /** A delete, and a new one of the same name as soon as the old one is gone. */
    RECREATE
  }
}
