package top.xtlsoft.stoppablecontainer.operator.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.ServiceStatus;

/** Gauge of the leader election. */
public final class LeaderMetrics {

  private LeaderMetrics() {}

  /**
   * @param group group of the routes that only the leader runs
   */
  public static void bind(MeterRegistry registry, CamelContext camel, String group) {
    Gauge.builder("stoppablecontainer.leader", camel, c -> leads(c, group))
        .description("1 of the operator that acts, 0 of those that wait for its lease.")
        .register(registry);
  }

  private static double leads(CamelContext camel, String group) {
    List<Route> routes = camel.getRoutesByGroup(group);
    return !routes.isEmpty() && routes.stream().allMatch(route -> isStarted(camel, route)) ? 1 : 0;
  }

  private static boolean isStarted(CamelContext camel, Route route) {
    ServiceStatus status = camel.getRouteController().getRouteStatus(route.getRouteId());
    return status != null && status.isStarted();
  }
}
