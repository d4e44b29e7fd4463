package top.xtlsoft.stoppablecontainer.runtime.observe;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import top.xtlsoft.stoppablecontainer.runtime.http.HttpRequest;

/** Serves the metrics as Prometheus text to clients that may read them. */
final class MetricsEndpoint implements Consumer<HttpRequest> {

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
  public void accept(HttpRequest request) {
    Access decision = access.of(request.header("Authorization"));
    int status = decision.httpStatus();
    switch (decision) {
      case GRANTED -> {
        String type =
            request
                .header("Accept")
                .filter(accepted -> accepted.contains("application/openmetrics-text"))
                .map(accepted -> OPEN_METRICS)
                .orElse(TEXT);
        request.answer(status, type, meters.scrape(type).getBytes(StandardCharsets.UTF_8));
      }
      case UNAUTHENTICATED -> request.header("WWW-Authenticate", "Bearer").answer(status);
      case BUSY, UNAVAILABLE -> request.header("Retry-After", "1").answer(status);
      case FORBIDDEN -> request.answer(status);
    }
  }
}
