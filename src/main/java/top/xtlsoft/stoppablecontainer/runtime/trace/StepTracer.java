package top.xtlsoft.stoppablecontainer.runtime.trace;

import java.util.Optional;
import java.util.function.Function;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.NamedRoute;
import org.apache.camel.impl.engine.DefaultTracer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.camel.LogKeys;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/**
 * Logs the steps of exchanges for resources with the trace annotation: route, node, duration and
 * decision. Camel calls it around each node of each route (tracing in standby); while no resource
 * is traced, that is one call of {@link #isEnabled()}.
 *
 * <p>Camel's own tracer prints the full messages of all exchanges. This one prints only the ids and
 * decisions that {@link StepText} allows.
 */
public final class StepTracer extends DefaultTracer {

  /** A separate logger name, to filter by. */
  static final String LOG_NAME = "top.xtlsoft.stoppablecontainer.trace";

  /** Exchange property: the {@link StepTrace} of a traced exchange. */
  private static final String TRACE = "ScTrace";

  private static final Logger LOG = LoggerFactory.getLogger(LOG_NAME);

  private final TracedKeys traced;
  private final Function<String, Optional<String>> resourceOf;
  private final StepText text;

  /**
   * A tracer for a context with tracing in standby.
   *
   * @param resourceOf maps a pod's key to the key of its resource, for queues of pods
   */
  public StepTracer(
      TracedKeys traced, Function<String, Optional<String>> resourceOf, StepText text) {
    this.traced = traced;
    this.resourceOf = resourceOf;
    this.text = text;
  }

  @Override
  public boolean isEnabled() {
    return !traced.isEmpty();
  }

  /** Request folders' routes are made from a template. */
  @Override
  public boolean isTraceTemplates() {
    return true;
  }

  @Override
  public void traceBeforeRoute(NamedRoute route, Exchange exchange) {
    traceOf(exchange)
        .ifPresent(trace -> log(trace, "{} begins{}", route.getRouteId(), text.key(exchange)));
  }

  @Override
  public void traceBeforeNode(NamedNode node, Exchange exchange) {
    traceOf(exchange)
        .ifPresent(
            trace -> {
              // Camel runs the error handler before it ends the failed step.
              trace
                  .newFailure(exchange)
                  .ifPresent(
                      failure ->
                          log(
                              trace,
                              "{}/{}{}",
                              text.routeId(exchange),
                              trace.innermost().orElse("?"),
                              text.failure(failure)));
              trace.begin(node.getId());
            });
  }

  @Override
  public void traceAfterNode(NamedNode node, Exchange exchange) {
    traceOf(exchange)
        .ifPresent(
            trace ->
                log(
                    trace,
                    "{}/{}{}{}",
                    text.routeId(node, exchange),
                    node.getId(),
                    trace.end(node.getId()).map(StepTracer::millis).orElse(""),
                    trace
                        .newFailure(exchange)
                        .map(text::failure)
                        .orElseGet(() -> text.decision(node, exchange))));
  }

  @Override
  public void traceSentNode(
      NamedNode node, Exchange exchange, @Nullable Endpoint endpoint, long elapsed) {
    // traceAfterNode logs it.
  }

  @Override
  public void traceAfterRoute(NamedRoute route, Exchange exchange) {
    // A called route ends with the calling step, which is logged.
    if (route.getRouteId().equals(exchange.getFromRouteId())) {
      traceOf(exchange)
          .ifPresent(
              trace ->
                  log(
                      trace,
                      "{} ends{}{}",
                      route.getRouteId(),
                      millis(trace.age()),
                      text.end(exchange)));
    }
  }

  private Optional<StepTrace> traceOf(Exchange exchange) {
    StepTrace known = exchange.getProperty(TRACE, StepTrace.class);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<StepTrace> found = tracedKey(exchange).map(StepTrace::new);
    found.ifPresent(trace -> exchange.setProperty(TRACE, trace));
    return found;
  }

  /** Evaluated at each node: a route that splits sets the key in one of its steps. */
  private Optional<String> tracedKey(Exchange exchange) {
    String key = exchange.getMessage().getHeader(ScHeaders.KEY, String.class);
    if (key == null) {
      return Optional.empty();
    }
    return Optional.of(key)
        .filter(traced::contains)
        .or(() -> resourceOf.apply(key).filter(traced::contains));
  }

  private static String millis(long nanos) {
    return " %.2f ms".formatted(nanos / 1e6);
  }

  private static void log(StepTrace trace, String format, Object... arguments) {
    try (var _ = LogKeys.of(trace.key())) {
      LOG.info(format, arguments);
    }
  }
}
