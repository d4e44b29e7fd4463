package top.xtlsoft.stoppablecontainer.runtime.observe;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListener;
import org.apache.camel.main.MainListenerSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.runtime.http.HttpPort;
import top.xtlsoft.stoppablecontainer.runtime.http.HttpRequest;

/**
 * Serves health and metrics. Camel's own endpoints show all details to every client, and their
 * server would add a tenth of the program's classes.
 *
 * <p>It listens before the program has started and holds each request until it has: kubelet probes
 * once a second, so a refused probe would delay readiness by a second.
 */
public final class ObservePort implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ObservePort.class);

  /** A scraper needs RBAC's {@code get} on this path. */
  public static final String METRICS_PATH = "/observe/metrics";

  private static final String HEALTH_PATH = "/observe/health";
  private static final String READY_PATH = HEALTH_PATH + "/ready";

  /** Less than the timeout of the startup probes, 3 s. */
  private static final Duration PATIENCE = Duration.ofMillis(2500);

  private final Duration patience;
  private final HttpPort port;
  private final CompletableFuture<Map<String, Consumer<HttpRequest>>> endpoints =
      new CompletableFuture<>();

  /**
   * Starts to listen.
   *
   * @param number port number; 0 for any free port
   */
  public ObservePort(int number) {
    this(number, PATIENCE);
  }

  ObservePort(int number, Duration patience) {
    this.patience = patience;
    this.port = HttpPort.listen(number, this::whenStarted);
  }

  int number() {
    return port.number();
  }

  /**
   * Returns a listener that answers requests from the program's start until its end.
   *
   * @param meters the metrics to serve
   * @param informers the informers that must have listed before the program is ready
   */
  public MainListener of(PrometheusMeterRegistry meters, InformerGroup informers) {
    AccessReviews reviews = AccessReviews.of(METRICS_PATH);
    return new MainListenerSupport() {
      @Override
      public void afterStart(BaseMainSupport started) {
        endpoints.complete(
            endpoints(
                started.getCamelContext(),
                meters,
                reviews::review,
                // If they don't list in time, the health checks report it.
                () -> isDone(informers.synced())));
        LOG.info("Serving health and metrics");
      }

      @Override
      public void afterStop(BaseMainSupport stopped) {
        close();
        reviews.close();
      }
    };
  }

  /** Must also be called when the start failed: an open port keeps the process alive. */
  @Override
  public void close() {
    port.close();
  }

  private Optional<Consumer<HttpRequest>> whenStarted(String path) {
    return isDone(endpoints)
        ? Optional.ofNullable(endpoints.join().get(path))
        : Optional.of(request -> request.answer(HttpRequest.UNAVAILABLE));
  }

  /** Waits for the event at most as long as a probe waits. */
  private boolean isDone(CompletableFuture<?> event) {
    try {
      event.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException | ExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * The handler of each path.
   *
   * @param beforeReady runs before the readiness checks
   */
  static Map<String, Consumer<HttpRequest>> endpoints(
      CamelContext camel,
      PrometheusMeterRegistry meters,
      Function<String, Access> review,
      Runnable beforeReady) {
    return Map.of(
        HEALTH_PATH,
        new HealthEndpoint("healthy", () -> HealthCheckHelper.invoke(camel)),
        HEALTH_PATH + "/live",
        new HealthEndpoint("live", () -> HealthCheckHelper.invokeLiveness(camel)),
        READY_PATH,
        new HealthEndpoint(
            "ready",
            () -> {
              beforeReady.run();
              return HealthCheckHelper.invokeReadiness(camel);
            }),
        METRICS_PATH,
        new MetricsEndpoint(new MetricsAccess(review, System::nanoTime), meters));
  }
}
