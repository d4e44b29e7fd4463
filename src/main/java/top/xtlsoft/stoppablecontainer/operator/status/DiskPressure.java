package top.xtlsoft.stoppablecontainer.operator.status;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.api.ConditionType;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;

/** The node agent's report about the disk that keeps a file system. */
final class DiskPressure {

  private DiskPressure() {}

  /** Why the disk takes no more data; empty for a healthy disk. */
  static Optional<ConditionReason> of(Observation observed) {
    return observed
        .instance()
        .flatMap(instance -> Optional.ofNullable(instance.getStatus()))
        .map(StoppableContainerInstanceStatus::agent)
        .map(AgentReport::diskPressure)
        .flatMap(DiskPressure::reason);
  }

  /** The same if the status before does not have it. */
  static Optional<ConditionReason> news(
      Observation observed, Optional<StoppableContainerStatus> before) {
    return of(observed)
        .filter(
            reason ->
                before.map(StoppableContainerStatus::conditions).orElse(List.of()).stream()
                    .filter(c -> ConditionType.DISK_PRESSURE.wire().equals(c.getType()))
                    .noneMatch(c -> reason.wire().equals(c.getReason())));
  }

  private static Optional<ConditionReason> reason(String wire) {
    return Arrays.stream(ConditionReason.values())
        .filter(reason -> reason.wire().equals(wire))
        .findFirst();
  }
}
