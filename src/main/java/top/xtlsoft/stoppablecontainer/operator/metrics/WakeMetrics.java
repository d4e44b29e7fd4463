package top.xtlsoft.stoppablecontainer.operator.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.Report;
import top.xtlsoft.stoppablecontainer.runtime.RecentMap;
import top.xtlsoft.stoppablecontainer.runtime.routes.RouteHook;

/**
 * Counts what comes of the connections that start a container, and how long that takes: from when
 * the API server has the wake until it has the phase that follows. An operator does not count the
 * wakes of its predecessor.
 */
public final class WakeMetrics {

  /** The longest waiting of more wakes than this is not counted. */
  private static final int MOST_WAITING = 4096;

  private static final Duration[] BUCKETS =
      LongStream.of(25, 50, 100, 250, 500, 1000, 2000, 5000, 10_000, 30_000, 120_000)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  /** What a wake leads to. */
  private enum Result {
    STARTED,
    FAILED,
    /** Its user or the schedule stops it first, or its user deletes it. */
    STOPPED
  }

  private final LongSupplier nanoTime;
  private final Map<Result, Timer> timers = new EnumMap<>(Result.class);

  /** When the wakes that wait for their result came, by key. */
  private final Map<String, Long> waiting = RecentMap.ofMax(MOST_WAITING);

  /**
   * @param nanoTime time in nanoseconds, with any origin
   */
  public WakeMetrics(MeterRegistry registry, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    // There from the start, or the first one would be no increase.
    for (Result result : Result.values()) {
      timers.put(
          result,
          Timer.builder("stoppablecontainer.wake.duration")
              .description("Starts by a connection, by what came of them.")
              .tag("result", result.name().toLowerCase(Locale.ROOT))
              .serviceLevelObjectives(BUCKETS)
              .register(registry));
    }
  }

  /** By route. */
  public Map<String, RouteHook.Hook> hooks() {
    return Map.of(
        "sc-status",
        new RouteHook.Hook() {
          @Override
          public void done(Exchange exchange, @Nullable Throwable failure) {
            if (failure == null && exchange.getMessage().getBody() instanceof Pass pass) {
              pass.report().map(Report::status).ifPresent(status -> written(pass, status));
            }
          }
        });
  }

  private void written(Pass pass, StoppableContainerStatus status) {
    written(
        pass.observed().key().toString(),
        pass.observed().sc(),
        status,
        pass.observed().isDeleting());
  }

  /**
   * Records that the API server has this status.
   *
   * @param resource as the pass observed it, with the status before
   */
  void written(
      String key, StoppableContainer resource, StoppableContainerStatus status, boolean deleting) {
    boolean isNew =
        status.wake() != null
            && !status
                .wake()
                .equals(
                    Optional.ofNullable(resource.getStatus())
                        .map(StoppableContainerStatus::wake)
                        .orElse(null));
    if (isNew) {
      // The start follows in the next pass.
      waiting.put(key, nanoTime.getAsLong());
      return;
    }
    result(status, deleting)
        .ifPresent(
            result -> {
              Long since = waiting.remove(key);
              if (since != null) {
                Objects.requireNonNull(timers.get(result))
                    .record(nanoTime.getAsLong() - since, TimeUnit.NANOSECONDS);
              }
            });
  }

  private static Optional<Result> result(StoppableContainerStatus status, boolean deleting) {
    if (deleting || (status.wanted() != null && !status.wanted().isPodWanted())) {
      return Optional.of(Result.STOPPED);
    }
    if (status.phase() == StoppableContainerPhase.FAILED) {
      return Optional.of(Result.FAILED);
    }
    return status.phase() == StoppableContainerPhase.RUNNING || status.wanted() == Wanted.COMPLETED
        ? Optional.of(Result.STARTED)
        : Optional.empty();
  }
}
