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
 * Serves health and metrics. Camel's own two endpoints tell everything to everybody, and their
 * server would be a tenth of the classes of the program.
 *
 * <p>It listens before the program has started, and answers when it has: kubelet, which asks once a
 * second, would come back a second later otherwise, and the pod be ready as much later.
 */
public final class ObservePort implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ObservePort.class);

  /** Also the path whose {@code get} RBAC must grant to who scrapes. */
  public static final String METRICS_PATH = "/observe/metrics";

  private static final String HEALTH_PATH = "/observe/health";
  private static final String READY_PATH = HEALTH_PATH + "/ready";

  /** Less than the 3 s of the startup probes, after which kubelet does not listen any more. */
  private static final Duration PATIENCE = Duration.ofMillis(2500);

  private final Duration patience;
  private final HttpPort port;
  private final CompletableFuture<Map<String, Consumer<HttpRequest>>> endpoints =
      new CompletableFuture<>();

  /**
   * Begins to listen.
   *
   * @param number of the port; 0 for any that is free
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
   * Has it answer when the program has started, until it stops.
   *
   * @param meters what is counted
   * @param informers without which the program is not ready
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
                // When they never are, the health checks say so.
                () -> isDone(informers.synced())));
        LOG.info("Health and metrics are served");
      }

      @Override
      public void afterStop(BaseMainSupport stopped) {
        close();
        reviews.close();
      }
    };
  }

  /** Also for a program that failed before it has started: while the port is open, it runs on. */
  @Override
  public void close() {
    port.close();
  }

  private Optional<Consumer<HttpRequest>> whenStarted(String path) {
    return isDone(endpoints)
        ? Optional.ofNullable(endpoints.join().get(path))
        : Optional.of(request -> request.answer(HttpRequest.UNAVAILABLE));
  }

  /** Waits for it, as long as who asks does. */
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
   * What answers which path.
   *
   * @param beforeReady run before it is looked whether the program is ready
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
