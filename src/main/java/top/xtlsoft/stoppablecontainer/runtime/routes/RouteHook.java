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
 * Has what is counted follow the routes.
 *
 * @param hooks what to call of which route
 */
public record RouteHook(Map<String, Hook> hooks) implements RoutePolicyFactory {

  private static final String BEGAN = "ScBegan-";

  /** Called on the thread of the exchange: must return at once and never fail. */
  public interface Hook {

    /** An exchange has entered the route. */
    default void began(Exchange exchange) {}

    /**
     * An exchange has left the route.
     *
     * @param failure why it failed there, whether somebody handled that or not
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

  /** Nanoseconds since an exchange has entered a route that has a hook; 0 if it hasn't. */
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
     * The error handler clears the exchange of what it has handled, and says which route it was.
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
