package top.xtlsoft.stoppablecontainer.operator.pass;

import java.util.List;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;

/**
 * The result of a pass.
 *
 * @param status status of the StoppableContainer
 * @param instanceStatus status of its instance, with the agent's part unchanged
 * @param events the events of the change
 */
public record Report(
    StoppableContainerStatus status,
    Optional<StoppableContainerInstanceStatus> instanceStatus,
    List<PlannedEvent> events) {

  public Report {
    events = List.copyOf(events);
  }

  /** The same without events: a status that was not written has no events. */
  public Report silent() {
    return new Report(status, instanceStatus, List.of());
  }
}
