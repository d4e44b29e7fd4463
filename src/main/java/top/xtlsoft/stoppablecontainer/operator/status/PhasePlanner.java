package top.xtlsoft.stoppablecontainer.operator.status;

import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.InstancePhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.operator.pass.Finding;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;
import top.xtlsoft.stoppablecontainer.operator.pass.Stage;

/** Plans the phases of a StoppableContainer and its instance. */
final class PhasePlanner {

  private PhasePlanner() {}

  /**
   * Phase of the StoppableContainer.
   *
   * @param end the end of a container that ended by itself
   */
  static StoppableContainerPhase phase(
      Pass pass, Stage stage, Optional<Finding> end, Optional<StoppableContainerStatus> before) {
    Observation observed = pass.observed();
    Optional<StoppableContainerPhase> last = before.map(StoppableContainerStatus::phase);
    StoppableContainerPhase onTheWay =
        stage.isMounted()
            ? StoppableContainerPhase.PROVIDER_READY
            : StoppableContainerPhase.PENDING;
    if (observed.isDeleting()) {
      return last.orElse(StoppableContainerPhase.PENDING);
    }
    if (pass.isPodWanted() && stage.isAttached()) {
      return StoppableContainerPhase.RUNNING;
    }
    if (pass.problem().filter(Problem::terminal).isPresent()) {
      return StoppableContainerPhase.FAILED;
    }
    if (end.isPresent()) {
      if (end.get().warning()) {
        return StoppableContainerPhase.FAILED;
      }
      return stage.isSynced() ? StoppableContainerPhase.STOPPED : onTheWay;
    }
    if (pass.isPodWanted()) {
      return onTheWay;
    }
    if (observed.consumer().isPresent()) {
      // The container runs until its pod is gone: the grace period belongs to it.
      return last.filter(phase -> phase == StoppableContainerPhase.RUNNING).orElse(onTheWay);
    }
    return stage.isSynced() ? StoppableContainerPhase.STOPPED : onTheWay;
  }

  /** Phase of its instance. */
  static InstancePhase instancePhase(
      Pass pass,
      Stage stage,
      StoppableContainerPhase phase,
      Optional<StoppableContainerInstanceStatus> before) {
    Observation observed = pass.observed();
    if (observed.isDeleting()) {
      return InstancePhase.STOPPING;
    }
    return switch (phase) {
      case FAILED -> InstancePhase.FAILED;
      case STOPPED -> InstancePhase.STOPPED;
      case RUNNING -> pass.isPodWanted() ? InstancePhase.RUNNING : InstancePhase.STOPPING;
      case PENDING, PROVIDER_READY -> {
        if (observed.hasEnded()) {
          yield InstancePhase.STOPPING;
        }
        if (!pass.isPodWanted()
            && (observed.consumer().isPresent() || before.filter(PhasePlanner::ran).isPresent())) {
          yield InstancePhase.STOPPING;
        }
        if (stage.isMounted()) {
          yield observed.consumer().isPresent()
              ? InstancePhase.CONSUMER_STARTING
              : InstancePhase.PROVIDER_READY;
        }
        yield observed.provider().isPresent()
            ? InstancePhase.PROVIDER_STARTING
            : InstancePhase.PENDING;
      }
    };
  }

  private static boolean ran(StoppableContainerInstanceStatus status) {
    InstancePhase phase = status.phase();
    return phase == InstancePhase.CONSUMER_STARTING
        || phase == InstancePhase.RUNNING
        || phase == InstancePhase.STOPPING;
  }
}
