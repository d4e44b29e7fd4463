package top.xtlsoft.stoppablecontainer.operator.status;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.operator.pass.Report;

/**
 * A report that is held back.
 *
 * @param first since when the written status is not true any more
 * @param since since when the resource is in the state of the report
 * @param over the written status of that time; absent before the first write
 * @param report the report
 */
public record HeldReport(
    Instant first, Instant since, @Nullable StoppableContainerStatus over, Report report) {

  /** The memory of held reports: more than 4 MiB at most. What is forgotten waits once more. */
  public static final int MAX_HELD = 4096;

  /**
   * Whether it follows the status that the resource has. A pass whose cache is older than the last
   * write holds a report back that does not know what was written.
   */
  boolean isOver(StoppableContainer resource) {
    return Objects.equals(over, resource.getStatus());
  }

  boolean isOfState(Report other) {
    return report.status().phase() == other.status().phase()
        && Objects.equals(report.status().message(), other.status().message());
  }
}
