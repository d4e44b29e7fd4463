package top.xtlsoft.stoppablecontainer.runtime.trace;

import io.opentelemetry.api.trace.Span;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.opentelemetry2.OpenTelemetryTracer;
import org.apache.camel.spi.EventNotifier;
import org.apache.camel.spi.ManagementStrategy;
import org.apache.camel.telemetry.Op;
import org.apache.camel.telemetry.Tracer;
import org.slf4j.MDC;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/**
 * Spans of OpenTelemetry by the ids that the route files give: one for each turn of a route, and in
 * it one for each step that does something. They carry the keys that log lines carry, and what a
 * step decided.
 *
 * <p>Camel's own names each span after the URI of an endpoint, and gives what is sent to a route a
 * span beside that of the route.
 */
final class StepSpans extends OpenTelemetryTracer {

  /** Attribute: what a step decided, in the words of the log's trace. */
  static final String DECISION = "sc.decision";

  /** Attribute, boolean: the key of the route's turn is to be tried again. */
  static final String RETRY = "sc.retry";

  /** Kinds of steps that take time; the others choose, or set a header. */
  private static final Set<String> DOING = Set.of("bean", "process", "to");

  private final StepText text;

  StepSpans(StepText text) {
    this.text = text;
    setTraceProcessors(true);
    // An event's only step puts a key on a queue, and most of them are nobody's.
    setExcludePatterns("sc-informer:*");
  }

  @Override
  protected void doInit() {
    super.doInit();
    ManagementStrategy events = getCamelContext().getManagementStrategy();
    // What is sent has the span of the step that sends.
    for (EventNotifier notifier : Set.copyOf(events.getEventNotifiers())) {
      if (Tracer.class.equals(notifier.getClass().getEnclosingClass())) {
        events.removeEventNotifier(notifier);
      }
    }
  }

  @Override
  protected void beginEventSpan(Exchange exchange, Endpoint endpoint, Op op) throws Exception {
    super.beginEventSpan(exchange, endpoint, op);
    Span.current().updateName(text.routeId(exchange));
  }

  @Override
  protected void endEventSpan(Exchange exchange, Endpoint endpoint) throws Exception {
    Span span = Span.current();
    // By now a route knows of whom it was.
    Optional.ofNullable(MDC.getCopyOfContextMap())
        .orElse(Map.of())
        .forEach((key, value) -> span.setAttribute(key, value));
    if (exchange.getMessage().getHeader(ScHeaders.RETRY, false, Boolean.class)) {
      span.setAttribute(RETRY, true);
    }
    super.endEventSpan(exchange, endpoint);
  }

  @Override
  protected void beginProcessorSpan(Exchange exchange, String processor) throws Exception {
    if (hasSpan(processor)) {
      super.beginProcessorSpan(exchange, id(processor));
    }
  }

  @Override
  protected void endProcessorSpan(Exchange exchange, String processor) throws Exception {
    if (hasSpan(processor)) {
      text.decision(exchange).ifPresent(words -> Span.current().setAttribute(DECISION, words));
      super.endProcessorSpan(exchange, id(processor));
    }
  }

  /** Not in a route that has none, and not of a step that does nothing. */
  private static boolean hasSpan(String processor) {
    return DOING.contains(processor.substring(dash(processor) + 1))
        && Span.current().getSpanContext().isValid();
  }

  /** Camel says {@code ID-KIND}. */
  private static String id(String processor) {
    return processor.substring(0, dash(processor));
  }

  private static int dash(String processor) {
    return processor.lastIndexOf('-');
  }
}
