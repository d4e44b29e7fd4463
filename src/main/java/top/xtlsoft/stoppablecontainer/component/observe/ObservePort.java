package top.xtlsoft.stoppablecontainer.component.observe;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Handler;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Function;
import org.apache.camel.CamelContext;
import org.apache.camel.component.platform.http.main.ManagementHttpServer;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves health and metrics on the server that Camel runs. Camel's own two endpoints are off: they
 * tell everything to everybody.
 */
public final class ObservePort extends MainListenerSupport {

  private static final Logger LOG = LoggerFactory.getLogger(ObservePort.class);

  /** Also the path whose {@code get} RBAC must grant to who scrapes. */
  public static final String METRICS_PATH = "/observe/metrics";

  private static final String HEALTH_PATH = "/observe/health";

  private final PrometheusMeterRegistry meters;
  private final AccessReviews reviews = AccessReviews.of(METRICS_PATH);

  public ObservePort(PrometheusMeterRegistry meters) {
    this.meters = meters;
  }

  @Override
  public void afterStart(BaseMainSupport started) {
    CamelContext camel = started.getCamelContext();
    ManagementHttpServer server = camel.hasService(ManagementHttpServer.class);
    serve(server.getRouter(), camel, reviews::review);
    LOG.info("Health and metrics are served");
  }

  /** Adds the endpoints to a router. */
  void serve(Router router, CamelContext camel, Function<String, Access> review) {
    get(router, HEALTH_PATH, new HealthEndpoint("healthy", () -> HealthCheckHelper.invoke(camel)));
    get(
        router,
        HEALTH_PATH + "/live",
        new HealthEndpoint("live", () -> HealthCheckHelper.invokeLiveness(camel)));
    get(
        router,
        HEALTH_PATH + "/ready",
        new HealthEndpoint("ready", () -> HealthCheckHelper.invokeReadiness(camel)));
    get(
        router,
        METRICS_PATH,
        new MetricsEndpoint(new MetricsAccess(review, System::nanoTime), meters));
  }

  /** Off the event loop, and side by side: one that waits for the API server holds up no other. */
  private static void get(Router router, String path, Handler<RoutingContext> handler) {
    router.get(path).blockingHandler(handler, false);
  }

  @Override
  public void afterStop(BaseMainSupport stopped) {
    reviews.close();
  }
}
