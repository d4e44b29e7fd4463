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
 * Answers UP or DOWN and nothing else: kubelet probes without a token, so any client that reaches
 * the port can ask. Camel's own endpoint shows messages and stack traces on request. This one
 * writes the failed checks to the log instead.
 */
final class HealthEndpoint implements Consumer<HttpRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(HealthEndpoint.class);

  private final String name;
  private final Supplier<Collection<HealthCheck.Result>> checks;
  private final AtomicReference<List<String>> last = new AtomicReference<>(List.of());

  /**
   * @param name name of the probe, for the log
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
    logChange(failed);
    request.answer(
        failed.isEmpty() ? HttpRequest.OK : HttpRequest.UNAVAILABLE,
        "application/json",
        (failed.isEmpty() ? "{\"status\":\"UP\"}" : "{\"status\":\"DOWN\"}")
            .getBytes(StandardCharsets.UTF_8));
  }

  private void logChange(List<String> failed) {
    List<String> before = last.getAndSet(failed);
    if (!failed.isEmpty() && !failed.equals(before)) {
      LOG.info("Health check failed: check={} reasons={}", name, String.join("; ", failed));
    } else if (failed.isEmpty() && !before.isEmpty()) {
      LOG.info("Health check passes again: check={}", name);
    }
  }
}
