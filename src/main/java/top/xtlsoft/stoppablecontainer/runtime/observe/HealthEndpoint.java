package top.xtlsoft.stoppablecontainer.runtime.observe;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.camel.health.HealthCheck;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.runtime.http.HttpRequest;

/**
 * Answers whether all checks are well, and nothing else: kubelet asks without a token, so everybody
 * may. Camel's own endpoint tells messages and stack traces to whoever asks for them in a query.
 * What is not well stands in the log.
 */
final class HealthEndpoint implements Consumer<HttpRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(HealthEndpoint.class);

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
  public void accept(HttpRequest request) {
    if (request.hasQuery()) {
      request.answer(HttpRequest.BAD_REQUEST);
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
    request.answer(
        failed.isEmpty() ? HttpRequest.OK : HttpRequest.UNAVAILABLE,
        "application/json",
        (failed.isEmpty() ? "{\"status\":\"UP\"}" : "{\"status\":\"DOWN\"}")
            .getBytes(StandardCharsets.UTF_8));
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
