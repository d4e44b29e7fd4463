package top.xtlsoft.stoppablecontainer.operator.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import org.apache.camel.CamelContext;
import org.apache.camel.ServiceStatus;

/** Gauge of the leader election. */
public final class LeaderMetrics {

  private LeaderMetrics() {}

  /**
   * @param route id of the route that only the leader runs
   */
  public static void bind(MeterRegistry registry, CamelContext camel, String route) {
    Gauge.builder("stoppablecontainer.leader", camel, c -> leads(c, route))
        .description("1 of the operator that acts, 0 of those that wait for its lease.")
        .register(registry);
  }

  private static double leads(CamelContext camel, String route) {
    ServiceStatus status = camel.getRouteController().getRouteStatus(route);
    return status != null && status.isStarted() ? 1 : 0;
  }
}
