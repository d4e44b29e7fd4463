package top.xtlsoft.stoppablecontainer.operator.snapshot;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** A pass over an object that is deleted at the end of its time. */
public interface Expiring {

  /** Time of the observation. */
  Instant at();

  /** When the object is deleted; empty for one that stays. */
  Optional<Instant> end();

  /** When the next pass starts without an event. */
  default Optional<Duration> callAgain() {
    return end().filter(at()::isBefore).map(end -> Duration.between(at(), end));
  }

  /** Whether its time has ended. */
  default boolean isExpired() {
    return end().filter(end -> !at().isBefore(end)).isPresent();
  }
}
