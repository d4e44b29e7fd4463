package top.xtlsoft.stoppablecontainer.agent.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.agent.request.Answer;
import top.xtlsoft.stoppablecontainer.agent.request.PodRequest;
import top.xtlsoft.stoppablecontainer.agent.request.ReadyFile;
import top.xtlsoft.stoppablecontainer.agent.request.RequestProcessor;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.runtime.routes.RouteHook;

/**
 * Counts what pods ask the agent for, what came of it, and how long that took: from when a worker
 * takes a request up to when its answer can be read.
 */
public final class RequestMetrics {

  private static final String REQUEST_ROUTE = "agent-request";

  /** Of an answer to a provider pod that holds connections, nothing is reported. */
  private static final String WAKE_ROUTE = "agent-wake";

  /** Each answer is on its way to the API server as soon as the pod has it. */
  private static final String REPORT_ROUTE = "agent-report";

  private static final Duration[] BUCKETS =
      LongStream.of(5, 10, 25, 50, 100, 250, 1000, 5000)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final MeterRegistry registry;

  public RequestMetrics(MeterRegistry registry) {
    this.registry = registry;
    // There from the start, or the first one would be no increase.
    for (RequestType kind : RequestType.values()) {
      List.of("answered", "refused", "waiting", "failed").forEach(result -> timer(kind, result));
    }
    Stream.of(AgentReason.values()).forEach(reason -> refusals(reason.wire()));
  }

  /** By route. */
  public Map<String, RouteHook.Hook> hooks() {
    return Map.of(
        REPORT_ROUTE,
        new RouteHook.Hook() {
          @Override
          public void began(Exchange exchange) {
            if (exchange.getMessage().getBody() instanceof Answer answer) {
              answered(exchange, answer.request(), answer.file());
            }
          }
        },
        WAKE_ROUTE,
        new RouteHook.Hook() {
          @Override
          public void done(Exchange exchange, @Nullable Throwable failure) {
            if (failure == null && exchange.getMessage().getBody() instanceof Answer answer) {
              answered(exchange, answer.request(), answer.file());
            }
          }
        },
        REQUEST_ROUTE,
        new RouteHook.Hook() {
          @Override
          public void done(Exchange exchange, @Nullable Throwable failure) {
            leftOpen(exchange);
          }
        });
  }

  private void answered(Exchange exchange, PodRequest request, ReadyFile file) {
    if (file.isReady()) {
      record(exchange, request, "answered");
      return;
    }
    record(exchange, request, "refused");
    refusals(String.valueOf(file.reason())).increment();
  }

  /** What stays open is taken up again: too early, or something failed on the node. */
  private void leftOpen(Exchange exchange) {
    PodRequest request = exchange.getProperty(RequestProcessor.REQUEST, PodRequest.class);
    boolean answered = exchange.getMessage().getBody() instanceof Answer;
    Throwable why = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
    if (request != null && !answered && why != null) {
      record(exchange, request, why instanceof NotYetException ? "waiting" : "failed");
    }
  }

  private void record(Exchange exchange, PodRequest request, String result) {
    timer(request.type(), result)
        .record(RouteHook.elapsedNanos(exchange, REQUEST_ROUTE), TimeUnit.NANOSECONDS);
  }

  private Timer timer(RequestType kind, String result) {
    return Timer.builder("stoppablecontainer.agent.request.duration")
        .description(
            "Requests of pods, by kind and by what came of them; those left open come again.")
        .tag("kind", kind.name().toLowerCase(Locale.ROOT))
        .tag("result", result)
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }

  private Counter refusals(String reason) {
    return Counter.builder("stoppablecontainer.agent.refusals")
        .description("Requests that were refused, by the reason that the pod was given.")
        .tag("reason", reason)
        .register(registry);
  }
}
