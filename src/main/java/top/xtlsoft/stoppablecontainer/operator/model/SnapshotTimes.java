package top.xtlsoft.stoppablecontainer.operator.model;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.SnapshotSchedule;

/**
 * The times of spec.snapshots around one time.
 *
 * @param last the last one that is not after it
 * @param next the first one after it
 */
public record SnapshotTimes(Optional<Instant> last, Optional<Instant> next) {

  /** Of a StoppableContainer whose snapshots follow no schedule. */
  public static final SnapshotTimes NONE = new SnapshotTimes(Optional.empty(), Optional.empty());

  /** The times around this one. */
  public static SnapshotTimes of(@Nullable SnapshotSchedule schedule, Instant at) {
    return expression(schedule)
        .flatMap(CronExpression::times)
        .map(times -> new SnapshotTimes(times.last(at), times.next(at)))
        .orElse(NONE);
  }

  /** The error of the schedule, with the name of its field and the remedy. */
  public static Optional<String> problem(@Nullable SnapshotSchedule schedule) {
    return expression(schedule).flatMap(CronExpression::problem);
  }

  private static Optional<CronExpression> expression(@Nullable SnapshotSchedule schedule) {
    return schedule == null || schedule.schedule() == null
        ? Optional.empty()
        : Optional.of(
            new CronExpression(
                "spec.snapshots", "schedule", schedule.schedule(), schedule.timeZone()));
  }
}
