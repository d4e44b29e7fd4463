package top.xtlsoft.stoppablecontainer.runtime.observe;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.impl.health.AbstractHealthCheck;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.camel.informer.InformersHealthCheck;
import top.xtlsoft.stoppablecontainer.runtime.http.HttpPort;

/** The port over HTTP. */
class ObservePortTest {

  private final HttpClient http = HttpClient.newHttpClient();
  private final DefaultCamelContext camel = new DefaultCamelContext();
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private volatile boolean well = true;
  private HttpPort port;

  private final class Check extends AbstractHealthCheck {

    Check() {
      super("test", "secret-check");
    }

    @Override
    public boolean isLiveness() {
      return true;
    }

    @Override
    protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
      builder.message("the secret").state(well ? State.UP : State.DOWN);
    }
  }

  @BeforeEach
  void listen() {
    camel.start();
    HealthCheckRegistry.get(camel).register(new Check());
    meters.counter("things").increment();
    port =
        HttpPort.listen(
            0,
            ObservePort.endpoints(
                camel,
                meters,
                token -> token.equals("reader") ? Access.GRANTED : Access.FORBIDDEN,
                () -> {}));
  }

  @AfterEach
  void end() {
    port.close();
    camel.stop();
    http.close();
  }

  private HttpResponse<String> ask(String path, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.number() + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @ParameterizedTest
  @CsvSource({"/observe/health", "/observe/health/live", "/observe/health/ready"})
  void healthShowsOnlyUpOrDown(String path) throws Exception {
    HttpResponse<String> up = ask(path);
    assertEquals(200, up.statusCode());
    assertEquals("{\"status\":\"UP\"}", up.body());
    well = false;
    HttpResponse<String> down = ask(path);
    assertEquals(503, down.statusCode());
    assertEquals("{\"status\":\"DOWN\"}", down.body());
    assertEquals(400, ask(path + "?data=true").statusCode());
  }

  @ParameterizedTest
  @CsvSource({
    ", 401",
    "Basic reader, 401",
    "Bearer, 401",
    "Bearer stranger, 403",
    "Bearer reader, 200"
  })
  void metricsNeedAccess(String authorization, int status) throws Exception {
    HttpResponse<String> answer =
        authorization == null
            ? ask("/observe/metrics")
            : ask("/observe/metrics", "Authorization", authorization);
    assertEquals(status, answer.statusCode());
    assertEquals(status == 200, answer.body().contains("things_total 1.0"));
    assertEquals(status == 401, answer.headers().firstValue("www-authenticate").isPresent());
  }

  @Test
  void metricsHaveRequestedFormat() throws Exception {
    HttpResponse<String> text = ask("/observe/metrics", "Authorization", "Bearer reader");
    assertTrue(text.headers().firstValue("content-type").orElseThrow().startsWith("text/plain"));
    assertFalse(text.body().contains("# EOF"));
    HttpResponse<String> open =
        ask(
            "/observe/metrics",
            "Authorization",
            "Bearer reader",
            "Accept",
            "application/openmetrics-text; version=1.0.0");
    assertTrue(
        open.headers()
            .firstValue("content-type")
            .orElseThrow()
            .startsWith("application/openmetrics-text"));
    assertTrue(open.body().contains("# EOF"));
  }

  @Test
  void requestDuringStartWaitsForStart() throws Exception {
    InformerGroup informers = new InformerGroup();
    try (Starting program = new Starting(informers, Duration.ofSeconds(20))) {
      CompletableFuture<Integer> live = program.ask("/observe/health/live");
      CompletableFuture<Integer> ready = program.ask("/observe/health/ready");
      CompletableFuture<Integer> unknown = program.ask("/observe/other");
      program.start();
      assertEquals(200, live.get(20, SECONDS));
      assertEquals(200, ready.get(20, SECONDS));
      assertEquals(404, unknown.get(20, SECONDS));
    }
  }

  @Test
  void requestDuringLongStartGetsUnavailable() throws Exception {
    try (Starting program = new Starting(new InformerGroup(), Duration.ofMillis(50))) {
      assertEquals(503, program.ask("/observe/health/live").get(20, SECONDS));
    }
  }

  @Test
  void unreachableApiServerDoesNotFailLiveness() throws Exception {
    InformerGroup informers = new InformerGroup();
    try (KubernetesClient client = new KubernetesClientBuilder().build();
        Starting program = new Starting(informers, Duration.ofMillis(50))) {
      informers.register("pods", client.pods().runnableInformer(0));
      program.start();
      assertEquals(200, program.ask("/observe/health/live").get(20, SECONDS));
      assertEquals(503, program.ask("/observe/health/ready").get(20, SECONDS));
    }
  }

  /** A program whose port is open before it has started. */
  private final class Starting implements AutoCloseable {
    private final Main main = new Main();
    private final ObservePort observed;
    private final MainListener listener;

    Starting(InformerGroup informers, Duration patience) {
      observed = new ObservePort(0, patience);
      main.bind("informersHealthCheck", new InformersHealthCheck(informers));
      listener = observed.of(meters, informers);
    }

    void start() {
      main.start();
      listener.afterStart(main);
    }

    CompletableFuture<Integer> ask(String path) {
      return http.sendAsync(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + observed.number() + path))
                  .build(),
              HttpResponse.BodyHandlers.discarding())
          .thenApply(HttpResponse::statusCode);
    }

    @Override
    public void close() {
      main.stop();
      listener.afterStop(main);
    }
  }
}
