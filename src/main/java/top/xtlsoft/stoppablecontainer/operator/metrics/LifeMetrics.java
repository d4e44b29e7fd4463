package top.xtlsoft.stoppablecontainer.operator.metrics;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;
import top.xtlsoft.stoppablecontainer.api.Wanted;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerEventType;
import top.xtlsoft.stoppablecontainer.operator.pass.Pass;
import top.xtlsoft.stoppablecontainer.operator.pass.Report;
import top.xtlsoft.stoppablecontainer.runtime.routes.RouteHook;

/**
 * Measures how long creates, starts and stops take: from the moment the operator's watch delivers a
 * changed {@code running} until the API server has accepted the matching phase. Both times come
 * from the operator's monotonic clock, because the API server's times have whole seconds and
 * another clock. A change made while no operator ran counts from the moment an operator sees it. A
 * container that has ended by itself awaits no start.
 */
public final class LifeMetrics {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Duration[] BUCKETS =
      LongStream.of(250, 500, 750, 1000, 1500, 2000, 3000, 5000, 10_000, 30_000, 60_000, 300_000)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final LongSupplier nanoTime;
  private final Timer creates;
  private final Timer starts;
  private final Timer stops;
  private final Map<String, Wish> wishes = new ConcurrentHashMap<>();

  /** The wanted state of one StoppableContainer, and whether it is reached. */
  private record Wish(
      String uid,
      long generation,
      boolean running,
      boolean first,
      long sinceNanos,
      boolean fulfilled,
      @Nullable StoppableContainerPhase phase,
      @Nullable Wanted wanted) {

    Wish now(@Nullable StoppableContainerPhase phase, @Nullable Wanted wanted) {
      return new Wish(uid, generation, running, first, sinceNanos, fulfilled, phase, wanted);
    }

    Wish done() {
      return new Wish(uid, generation, running, first, sinceNanos, true, phase, wanted);
    }

    /** Whether a pass that wants this does what the user asks for. */
    boolean isMetBy(Wanted now) {
      return (now == Wanted.RUN) == running;
    }

    /** Whether this status, written for this wish or a later one, ends the wait for it. */
    boolean isReachedBy(Optional<StoppableContainerStatus> status) {
      return !fulfilled
          && status
              .filter(written -> isFulfilledBy(written.phase()))
              .filter(written -> written.wanted() == null || isMetBy(written.wanted()))
              .map(StoppableContainerStatus::observedGeneration)
              .filter(observed -> observed >= generation)
              .isPresent();
    }

    boolean isFulfilledBy(@Nullable StoppableContainerPhase reached) {
      return reached
          == (running ? StoppableContainerPhase.RUNNING : StoppableContainerPhase.STOPPED);
    }
  }

  /**
   * @param nanoTime time in nanoseconds, with any origin
   */
  public LifeMetrics(MeterRegistry registry, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    creates = start(registry, "create");
    starts = start(registry, "start");
    stops =
        timer("stoppablecontainer.stop.duration")
            .description(
                "From the operator's sight of running: false to the phase Stopped: on disk.")
            .register(registry);
    for (StoppableContainerPhase phase : StoppableContainerPhase.values()) {
      Gauge.builder(
              "stoppablecontainer.resources",
              wishes,
              all -> count(all, wish -> wish.phase() == phase))
          .description("StoppableContainers by the phase that was last written.")
          .tag("phase", word(phase))
          .register(registry);
    }
    for (Wanted wanted : Wanted.values()) {
      Gauge.builder(
              "stoppablecontainer.resources.wanted",
              wishes,
              all -> count(all, wish -> wish.wanted() == wanted))
          .description("StoppableContainers by status.wanted as it was last written.")
          .tag("wanted", word(wanted))
          .register(registry);
    }
  }

  /** By route. */
  public Map<String, RouteHook.Hook> hooks() {
    return Map.of(
        "sc-watch-resources",
        new RouteHook.Hook() {
          @Override
          public void began(Exchange exchange) {
            if (exchange.getMessage().getBody() instanceof StoppableContainer resource) {
              saw(
                  resource,
                  exchange.getMessage().getHeader(ScHeaders.EVENT_TYPE)
                      == InformerEventType.DELETED);
            }
          }
        },
        "sc-status",
        new RouteHook.Hook() {
          @Override
          public void done(Exchange exchange, @Nullable Throwable failure) {
            if (failure == null && exchange.getMessage().getBody() instanceof Pass pass) {
              pass.report().ifPresent(report -> written(pass, report));
            }
          }
        });
  }

  /** Records a resource that the watch has delivered. */
  void saw(StoppableContainer resource, boolean deleted) {
    String key = resource.getMetadata().getNamespace() + "/" + resource.getMetadata().getName();
    if (deleted) {
      wishes.remove(key);
      return;
    }
    String uid = resource.getMetadata().getUid();
    boolean running = Boolean.TRUE.equals(resource.getSpec().running());
    Optional<StoppableContainerStatus> status = Optional.ofNullable(resource.getStatus());
    @Nullable StoppableContainerPhase phase =
        status.map(StoppableContainerStatus::phase).orElse(null);
    @Nullable Wanted wanted = status.map(StoppableContainerStatus::wanted).orElse(null);
    wishes.compute(
        key,
        (k, known) -> {
          if (known != null && known.uid().equals(uid) && known.running() == running) {
            return known.now(phase, wanted);
          }
          // A user may change running again before the operator has the answer to its write.
          if (known != null && known.uid().equals(uid) && known.isReachedBy(status)) {
            record(known);
          }
          Wish wish =
              new Wish(
                  uid,
                  resource.getMetadata().getGeneration(),
                  running,
                  phase == null,
                  nanoTime.getAsLong(),
                  false,
                  phase,
                  wanted);
          boolean current =
              status
                  .map(StoppableContainerStatus::observedGeneration)
                  .filter(resource.getMetadata().getGeneration()::equals)
                  .isPresent();
          // A new operator finds most resources in their wanted state, or stopped by the schedule,
          // and no user waits for a first stop.
          boolean fulfilled =
              (known == null || !known.uid().equals(uid))
                  && ((current
                          && (wish.isFulfilledBy(phase)
                              || (wanted != null && !wish.isMetBy(wanted))))
                      || (!running && phase == null));
          return fulfilled ? wish.done() : wish;
        });
  }

  private void written(Pass pass, Report report) {
    if (!pass.observed().isDeleting()) {
      reached(
          pass.observed().key().toString(),
          pass.observed().sc().getMetadata().getUid(),
          Boolean.TRUE.equals(pass.observed().sc().getSpec().running()),
          pass.observed().wanted(),
          report.status().phase());
    }
  }

  /**
   * Records that the API server has this phase, written by a pass that wanted this.
   *
   * @param running spec.running as the pass observed it; the user may have changed it meanwhile
   */
  void reached(
      String key, String uid, boolean running, Wanted wanted, StoppableContainerPhase phase) {
    wishes.computeIfPresent(
        key,
        (k, wish) -> {
          if (wish.fulfilled() || !wish.uid().equals(uid) || wish.running() != running) {
            return wish;
          }
          // An edit may start it again much later, which is no start that a user waited for.
          // What the schedule does instead of the user is none, either.
          if (!wish.isMetBy(wanted)) {
            return wish.done();
          }
          if (!wish.isFulfilledBy(phase)) {
            return wish;
          }
          record(wish);
          return wish.done();
        });
  }

  private void record(Wish wish) {
    timer(wish).record(nanoTime.getAsLong() - wish.sinceNanos(), TimeUnit.NANOSECONDS);
  }

  private Timer timer(Wish wish) {
    if (!wish.running()) {
      return stops;
    }
    return wish.first() ? creates : starts;
  }

  private static Timer start(MeterRegistry registry, String kind) {
    return timer("stoppablecontainer.start.duration")
        .description(
            "From the operator's sight of running: true to the phase Running: create is the first"
                + " start, start any later one.")
        .tag("kind", kind)
        .register(registry);
  }

  private static Timer.Builder timer(String name) {
    return Timer.builder(name).serviceLevelObjectives(BUCKETS);
  }

  /** The name in the API. */
  private static String word(Enum<?> value) {
    return JSON.convertValue(value, String.class);
  }

  private static long count(Map<String, Wish> all, Predicate<Wish> which) {
    return all.values().stream().filter(which).count();
  }
}
