package top.xtlsoft.stoppablecontainer.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The operator's order to the agent to watch whether a container is in use.
 *
 * @param after {@link IdleStop#after}
 * @param connectionIdle {@link IdleStop#connectionIdle}
 * @param keepAwakeUntil value of {@link UserAnnotation#KEEP_AWAKE_UNTIL}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record IdleOrder(
    @JsonPropertyDescription("How long the container is idle before it is stopped.") @Required
        String after,
    @JsonPropertyDescription("How long a silent terminal or connection counts as use.")
        @Nullable String connectionIdle,
    @JsonPropertyDescription("Until when its user keeps it awake (RFC 3339).")
        @Nullable String keepAwakeUntil) {

  /** The order for a StoppableContainer; null for one that is not stopped when it is idle. */
  public static @Nullable IdleOrder of(StoppableContainer resource) {
    IdleStop idle = resource.getSpec().idle();
    return idle == null
        ? null
        : new IdleOrder(
            idle.after(),
            idle.connectionIdle(),
            UserAnnotation.KEEP_AWAKE_UNTIL.of(resource).orElse(null));
  }

  /** The time that an RFC 3339 text names; empty for any other text. */
  public static Optional<Instant> time(String rfc3339) {
    try {
      return Optional.of(OffsetDateTime.parse(rfc3339).toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** {@link #after} as a duration. */
  public Duration idleTime() {
    return TimeToLive.duration(after);
  }

  /** {@link #connectionIdle} as a duration, zero without one. */
  public Duration connectionTime() {
    return connectionIdle == null ? Duration.ZERO : TimeToLive.duration(connectionIdle);
  }

  /** {@link #keepAwakeUntil} as a time. */
  public Optional<Instant> awakeUntil() {
    return keepAwakeUntil == null ? Optional.empty() : time(keepAwakeUntil);
  }
}
