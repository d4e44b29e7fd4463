package top.xtlsoft.stoppablecontainer.runtime.routes;

import io.micrometer.core.instrument.MeterRegistry;
import org.apache.camel.CamelContext;
import org.apache.camel.NamedNode;
import org.apache.camel.component.micrometer.routepolicy.MicrometerRoutePolicyFactory;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.RoutePolicy;
import org.jspecify.annotations.Nullable;

/**
 * Adds Camel's meters to each route of the route files. Routes made from a template have none:
 * there is one per pod, and meters would stay after the pod is gone.
 */
public final class RouteMeters extends MainListenerSupport {

  private final MicrometerRoutePolicyFactory meters = new MicrometerRoutePolicyFactory();

  public RouteMeters(MeterRegistry registry) {
    meters.setMeterRegistry(registry);
  }

  @Override
  public void beforeInitialize(BaseMainSupport starting) {
    CamelContext camel = starting.getCamelContext();
    meters.setCamelContext(camel);
    camel.addRoutePolicyFactory(this::policy);
  }

  private @Nullable RoutePolicy policy(CamelContext camel, String routeId, NamedNode route) {
    return route instanceof RouteDefinition made && Boolean.TRUE.equals(made.isTemplate())
        ? null
        : meters.createRoutePolicy(camel, routeId, route);
  }
}
