package top.xtlsoft.stoppablecontainer.component.observe;

import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.camel.health.HealthCheck;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers whether all checks are well, and nothing else: kubelet asks without a token, so everybody
 * may. Camel's own endpoint tells messages and stack traces to whoever asks for them in a query.
 * What is not well stands in the log.
 */
final class HealthEndpoint implements Handler<RoutingContext> {

  private static final Logger LOG = LoggerFactory.getLogger(HealthEndpoint.class);

  private static final int OK = 200;
  private static final int BAD_REQUEST = 400;
  private static final int UNAVAILABLE = 503;

  private final String name;
  private final Supplier<Collection<HealthCheck.Result>> checks;
  private final AtomicReference<List<String>> last = new AtomicReference<>(List.of());

  /**
   * @param name what is checked, for the log
   * @param checks runs the checks
   */
  HealthEndpoint(String name, Supplier<Collection<HealthCheck.Result>> checks) {
    this.name = name;
    this.checks = checks;
  }

  @Override
  public void handle(RoutingContext context) {
    if (context.request().query() != null) {
      context.response().setStatusCode(BAD_REQUEST).end();
      return;
    }
    List<String> failed =
        checks.get().stream()
            .filter(result -> result.getState() == HealthCheck.State.DOWN)
            .map(
                result ->
                    result.getCheck().getId() + ": " + result.getMessage().orElse("no message"))
            .sorted()
            .toList();
    tell(failed);
    context
        .response()
        .setStatusCode(failed.isEmpty() ? OK : UNAVAILABLE)
        .putHeader("Content-Type", "application/json")
        .end(failed.isEmpty() ? "{\"status\":\"UP\"}" : "{\"status\":\"DOWN\"}");
  }

  private void tell(List<String> failed) {
    List<String> before = last.getAndSet(failed);
    if (!failed.isEmpty() && !failed.equals(before)) {
      LOG.info("Not {}: {}", name, String.join("; ", failed));
    } else if (failed.isEmpty() && !before.isEmpty()) {
      LOG.info("Again {}", name);
    }
  }
}
