package top.xtlsoft.stoppablecontainer.component.trace;

import io.fabric8.kubernetes.api.model.HasMetadata;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.NamedRoute;
import org.apache.camel.impl.engine.DefaultTracer;
import org.apache.camel.support.CamelContextHelper;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.component.ScHeaders;

/**
 * Shows which steps a key takes: route, node and body on one line for each. Camel's own tracer
 * prints whole objects, and labels in place of the ids that are in the route files. It is switched
 * on by {@code camel.main.tracing} like that one.
 */
public final class StepTracer extends DefaultTracer {

  private static final Logger LOG = LoggerFactory.getLogger(StepTracer.class);

  /** A pass or a request takes far fewer. */
  private static final int MAX_BODY_CHARS = 200;

  @Override
  public void traceBeforeNode(NamedNode node, Exchange exchange) {
    if (shouldTrace(node)) {
      LOG.info(
          "{} {} {} [{}]",
          exchange.getIn().getHeader(ScHeaders.KEY, "-", String.class),
          CamelContextHelper.getRouteId(node),
          node.getId(),
          brief(exchange.getIn().getBody()));
    }
  }

  @Override
  public void traceAfterNode(NamedNode node, Exchange exchange) {
    // The next node tells what this one made of it.
  }

  @Override
  public void traceSentNode(
      NamedNode node, Exchange exchange, @Nullable Endpoint endpoint, long elapsed) {
    // Known from the node.
  }

  @Override
  public void traceBeforeRoute(NamedRoute route, Exchange exchange) {
    // Known from its first node.
  }

  @Override
  public void traceAfterRoute(NamedRoute route, Exchange exchange) {
    if (exchange.getException() != null) {
      LOG.info("{} failed: {}", route.getRouteId(), exchange.getException().toString());
    }
  }

  private static String brief(@Nullable Object body) {
    if (body instanceof HasMetadata object) {
      return object.getKind() + " " + object.getMetadata().getName();
    }
    String text = String.valueOf(body);
    return text.length() > MAX_BODY_CHARS ? text.substring(0, MAX_BODY_CHARS) + "..." : text;
  }
}
