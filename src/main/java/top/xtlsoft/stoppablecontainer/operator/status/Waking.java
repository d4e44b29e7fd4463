package top.xtlsoft.stoppablecontainer.operator.status;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.api.Wake;
import top.xtlsoft.stoppablecontainer.api.WakeStatus;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.operator.pass.Observation;

/**
 * Whether a connection starts a stopped container. The agent has reported the connection with the
 * generation of the instance, so it counts for this stop and for no other.
 *
 * <p>As with an idle stop, the start is in the status first, and the next pass wants it.
 *
 * @param status how a connection last started the container
 * @param next when one that waits starts it
 */
record Waking(Optional<WakeStatus> status, Optional<Instant> next) {

  /**
   * The wake of a StoppableContainer.
   *
   * @param before the status before
   */
  static Waking of(Observation observed, Optional<StoppableContainerStatus> before) {
    Wake wake = observed.sc().getSpec().wake();
    if (wake == null) {
      return new Waking(Optional.empty(), Optional.empty());
    }
    Optional<WakeStatus> last = before.map(StoppableContainerStatus::wake);
    Optional<AgentReport.Wake> connection =
        connection(observed).filter(now -> !isOverruled(now, last));
    if (connection.isEmpty()
        || observed.isPodWanted()
        || observed.isDeleting()
        // It runs again by itself, and the connection waits for that.
        || observed.wanted() == Wanted.STOPPED_FOR_SNAPSHOT) {
      return new Waking(last, Optional.empty());
    }
    Instant due = stoppedAt(observed, before).plus(wake.coolDownTime());
    return observed.at().isBefore(due)
        ? new Waking(last, Optional.of(due))
        : new Waking(
            Optional.of(
                new WakeStatus(
                    observed.at().truncatedTo(ChronoUnit.MILLIS).toString(),
                    connection.get().port(),
                    connection.get().generation())),
            Optional.empty());
  }

  /** A connection that came during this stop. */
  private static Optional<AgentReport.Wake> connection(Observation observed) {
    return observed
        .instance()
        .filter(instance -> !instance.getSpec().running())
        .flatMap(
            instance ->
                report(instance)
                    .filter(
                        wake -> instance.getMetadata().getGeneration().equals(wake.generation())));
  }

  /**
   * Whether it has already started the container, and its user has stopped it before the instance
   * ran, as when the template is refused.
   */
  private static boolean isOverruled(AgentReport.Wake connection, Optional<WakeStatus> last) {
    return last.map(WakeStatus::generation).filter(connection.generation()::equals).isPresent();
  }

  private static Optional<AgentReport.Wake> report(StoppableContainerInstance instance) {
    return Optional.ofNullable(instance.getStatus())
        .map(StoppableContainerInstanceStatus::agent)
        .map(AgentReport::wake);
  }

  /** When the stop began; this pass, for one that the status before does not know yet. */
  private static Instant stoppedAt(
      Observation observed, Optional<StoppableContainerStatus> before) {
    return before
        .filter(last -> last.wanted() == observed.wanted())
        .map(StoppableContainerStatus::wantedSince)
        .map(Instant::parse)
        .orElse(observed.at());
  }
}
