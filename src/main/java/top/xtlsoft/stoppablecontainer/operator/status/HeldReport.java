package top.xtlsoft.stoppablecontainer.operator.status;

import java.time.Instant;
import java.util.Objects;
import top.xtlsoft.stoppablecontainer.operator.pass.Report;

/**
 * A report that is held back.
 *
 * @param first since when the written status is not true any more
 * @param since since when the resource is in the state of the report
 * @param report the report
 */
public record HeldReport(Instant first, Instant since, Report report) {

  /** The memory of held reports: more than 4 MiB at most. What is forgotten waits once more. */
  public static final int MAX_HELD = 4096;

  boolean isOfState(Report other) {
    return report.status().phase() == other.status().phase()
        && Objects.equals(report.status().message(), other.status().message());
  }
}
