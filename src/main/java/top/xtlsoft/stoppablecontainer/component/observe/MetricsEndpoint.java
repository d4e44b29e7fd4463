package top.xtlsoft.stoppablecontainer.component.observe;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;

/** Gives the metrics to those who may read them, as text for Prometheus. */
final class MetricsEndpoint implements Handler<RoutingContext> {

  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String OPEN_METRICS =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";

  private final MetricsAccess access;
  private final PrometheusMeterRegistry meters;

  MetricsEndpoint(MetricsAccess access, PrometheusMeterRegistry meters) {
    this.access = access;
    this.meters = meters;
  }

  @Override
  public void handle(RoutingContext context) {
    Access decision = access.of(context.request().getHeader("Authorization"));
    context.response().setStatusCode(decision.httpStatus());
    switch (decision) {
      case GRANTED -> {
        String accepted = context.request().getHeader("Accept");
        String type =
            accepted != null && accepted.contains("application/openmetrics-text")
                ? OPEN_METRICS
                : TEXT;
        context.response().putHeader("Content-Type", type).end(meters.scrape(type));
      }
      case UNAUTHENTICATED -> context.response().putHeader("WWW-Authenticate", "Bearer").end();
      case BUSY, UNAVAILABLE -> context.response().putHeader("Retry-After", "1").end();
      case FORBIDDEN -> context.response().end();
    }
  }
}
