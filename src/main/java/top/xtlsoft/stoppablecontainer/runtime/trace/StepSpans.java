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
 * OpenTelemetry spans named by the ids in the route files: one for each run of a route, and in it
 * one for each step that takes time. They carry the MDC keys of the log and the decision of a step.
 *
 * <p>Camel's own tracer names spans after endpoint URIs and adds a second span for each message
 * between routes.
 */
final class StepSpans extends OpenTelemetryTracer {

  /** Attribute: the decision of a step, with the same text as in the log. */
  static final String DECISION = "sc.decision";

  /** Boolean attribute: the work queue retries the key. */
  static final String RETRY = "sc.retry";

  /** Kinds of steps that take time; the others branch or set a header. */
  private static final Set<String> DOING = Set.of("bean", "process", "to");

  private final StepText text;

  StepSpans(StepText text) {
    this.text = text;
    setTraceProcessors(true);
    // The only step of an event queues a key, and most keys are of no interest.
    setExcludePatterns("sc-informer:*");
  }

  @Override
  protected void doInit() {
    super.doInit();
    ManagementStrategy events = getCamelContext().getManagementStrategy();
    // The sending step has a span already.
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
    // The MDC keys are known only after the route has run.
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

  /** Whether a step has a span: it takes time, and its route has a span. */
  private static boolean hasSpan(String processor) {
    return DOING.contains(processor.substring(dash(processor) + 1))
        && Span.current().getSpanContext().isValid();
  }

  /** The id in Camel's {@code ID-KIND}. */
  private static String id(String processor) {
    return processor.substring(0, dash(processor));
  }

  private static int dash(String processor) {
    return processor.lastIndexOf('-');
  }
}
