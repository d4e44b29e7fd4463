package top.xtlsoft.stoppablecontainer.runtime.routes;

import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Route;
import org.apache.camel.spi.RoutePolicy;
import org.apache.camel.spi.RoutePolicyFactory;
import org.apache.camel.support.RoutePolicySupport;
import org.jspecify.annotations.Nullable;

/**
 * Calls a hook when an exchange enters or leaves its route.
 *
 * @param hooks hook by route id
 */
public record RouteHook(Map<String, Hook> hooks) implements RoutePolicyFactory {

  private static final String BEGAN = "ScBegan-";

  /** Runs on the exchange's thread: must return at once and must not throw. */
  public interface Hook {

    /** Called when an exchange enters the route. */
    default void began(Exchange exchange) {}

    /**
     * Called when an exchange leaves the route.
     *
     * @param failure the failure in this route, also if an error handler has handled it
     */
    default void done(Exchange exchange, @Nullable Throwable failure) {}
  }

  public RouteHook {
    hooks = Map.copyOf(hooks);
  }

  @Override
  public @Nullable RoutePolicy createRoutePolicy(
      CamelContext camelContext, String routeId, NamedNode route) {
    Hook hook = hooks.get(routeId);
    return hook == null ? null : new Policy(hook, routeId);
  }

  /** Nanoseconds since the exchange entered a route with a hook; 0 if it hasn't. */
  public static long elapsedNanos(Exchange exchange, String routeId) {
    long now = System.nanoTime();
    return now - exchange.getProperty(BEGAN + routeId, now, Long.class);
  }

  private static final class Policy extends RoutePolicySupport {

    private final Hook hook;
    private final String routeId;

    Policy(Hook hook, String routeId) {
      this.hook = hook;
      this.routeId = routeId;
    }

    @Override
    public void onExchangeBegin(Route route, Exchange exchange) {
      exchange.setProperty(BEGAN + routeId, System.nanoTime());
      hook.began(exchange);
    }

    @Override
    public void onExchangeDone(Route route, Exchange exchange) {
      hook.done(exchange, failure(route, exchange));
    }

    /**
     * The error handler removes a handled exception from the exchange and records the failed route.
     */
    private static @Nullable Throwable failure(Route route, Exchange exchange) {
      if (exchange.getException() != null) {
        return exchange.getException();
      }
      return route.getRouteId().equals(exchange.getProperty(Exchange.FAILURE_ROUTE_ID))
          ? exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class)
          : null;
    }
  }
}
