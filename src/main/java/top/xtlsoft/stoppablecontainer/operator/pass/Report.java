package top.xtlsoft.stoppablecontainer.operator.pass;

import java.util.List;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;

/**
 * What a pass has to tell.
 *
 * @param status status of the StoppableContainer
 * @param instanceStatus status of its instance, the agent's part as it was
 * @param events what happened since the last report
 */
public record Report(
    StoppableContainerStatus status,
    Optional<StoppableContainerInstanceStatus> instanceStatus,
    List<PlannedEvent> events) {

  public Report {
    events = List.copyOf(events);
  }

  /** The same without events, which nobody may hear of when the status could not be written. */
  public Report silent() {
    return new Report(status, instanceStatus, List.of());
  }
}
