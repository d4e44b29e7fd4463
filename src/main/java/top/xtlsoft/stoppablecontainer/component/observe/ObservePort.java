package top.xtlsoft.stoppablecontainer.component.observe;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.component.http.HttpPort;
import top.xtlsoft.stoppablecontainer.component.http.HttpRequest;

/**
 * Serves health and metrics. Camel's own two endpoints tell everything to everybody, and their
 * server would be a tenth of the classes of the program.
 */
public final class ObservePort extends MainListenerSupport {

  private static final Logger LOG = LoggerFactory.getLogger(ObservePort.class);

  /** Also the path whose {@code get} RBAC must grant to who scrapes. */
  public static final String METRICS_PATH = "/observe/metrics";

  private static final String HEALTH_PATH = "/observe/health";

  private final PrometheusMeterRegistry meters;
  private final int number;
  private final AccessReviews reviews = AccessReviews.of(METRICS_PATH);
  private @Nullable HttpPort port;

  /**
   * @param number of the port; 0 for any that is free
   */
  public ObservePort(PrometheusMeterRegistry meters, int number) {
    this.meters = meters;
    this.number = number;
  }

  @Override
  public void afterStart(BaseMainSupport started) {
    port = HttpPort.listen(number, endpoints(started.getCamelContext(), meters, reviews::review));
    LOG.info("Health and metrics are served");
  }

  /** What answers which path. */
  static Map<String, Consumer<HttpRequest>> endpoints(
      CamelContext camel, PrometheusMeterRegistry meters, Function<String, Access> review) {
    return Map.of(
        HEALTH_PATH,
        new HealthEndpoint("healthy", () -> HealthCheckHelper.invoke(camel)),
        HEALTH_PATH + "/live",
        new HealthEndpoint("live", () -> HealthCheckHelper.invokeLiveness(camel)),
        HEALTH_PATH + "/ready",
        new HealthEndpoint("ready", () -> HealthCheckHelper.invokeReadiness(camel)),
        METRICS_PATH,
        new MetricsEndpoint(new MetricsAccess(review, System::nanoTime), meters));
  }

  @Override
  public void afterStop(BaseMainSupport stopped) {
    if (port != null) {
      port.close();
    }
    reviews.close();
  }
}
