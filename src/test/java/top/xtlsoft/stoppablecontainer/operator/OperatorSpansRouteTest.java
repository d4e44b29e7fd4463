package top.xtlsoft.stoppablecontainer.operator;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import top.xtlsoft.stoppablecontainer.runtime.trace.SpanExport;

/** What the shipped routes send to a collector. */
@EnableKubernetesMockClient(crud = true)
class OperatorSpansRouteTest {

  private static final String SPEC =
      "{running: true, template: {container: {image: i, env: [{name: PASSWORD, value: hush}]}}}";

  private final Collector collector = new Collector();

  private KubernetesMockServer server;
  private KubernetesClient client;
  @TempDir private Path binaries;

  private static final class Collector implements SpanExporter {

    private final List<SpanData> spans = new CopyOnWriteArrayList<>();

    @Override
    public CompletableResultCode export(Collection<SpanData> ended) {
      spans.addAll(ended);
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }

    SpanData first(String name) {
      return first(name, span -> true);
    }

    SpanData first(String name, Predicate<SpanData> wanted) {
      return await()
          .atMost(RunningOperator.PATIENCE)
          .until(
              () -> spans.stream().filter(s -> s.getName().equals(name)).filter(wanted).findFirst(),
              Optional::isPresent)
          .orElseThrow();
    }

    SpanData parent(SpanData child) {
      return await()
          .atMost(RunningOperator.PATIENCE)
          .until(
              () ->
                  spans.stream()
                      .filter(s -> s.getSpanId().equals(child.getParentSpanId()))
                      .findFirst(),
              Optional::isPresent)
          .orElseThrow();
    }
  }

  private RunningOperator start() throws IOException {
    SdkTracerProvider provider =
        SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(collector)).build();
    return RunningOperator.start(
        client,
        binaries,
        new SpanExport(
            OpenTelemetrySdk.builder().setTracerProvider(provider).build(), Operator.TEXT));
  }

  private static String attribute(SpanData span, String name) {
    return span.getAttributes().get(AttributeKey.stringKey(name));
  }

  @Test
  void spansAreRoutesAndTheirSteps() throws IOException {
    try (RunningOperator operator = start()) {
      operator.create("box", "{}", SPEC);
      operator.untilProvider("box");

      SpanData step = collector.first("create-provider");
      assertEquals("ns/box createProvider", attribute(step, "sc.decision"));
      SpanData route = collector.parent(step);
      assertEquals("sc-provider", route.getName());
      SpanData turn = route;
      while (!turn.getParentSpanId().equals(SpanId.getInvalid())) {
        turn = collector.parent(turn);
      }
      assertEquals("sc-reconcile", turn.getName());
      for (SpanData of : List.of(route, turn)) {
        assertEquals("ns", attribute(of, "sc.namespace"));
        assertEquals("box", attribute(of, "sc.name"));
      }
      assertFalse(collector.spans.toString().contains("hush"));
      assertFalse(
          collector.spans.stream().anyMatch(span -> span.getName().contains(":")),
          collector.spans::toString);
    }
  }

  @Test
  void reportsAFailedStepAndARetry() throws IOException {
    server
        .expect()
        .post()
        .withPath("/api/v1/namespaces/ns/pods")
        .andReturn(
            HttpURLConnection.HTTP_CONFLICT,
            new StatusBuilder().withCode(HttpURLConnection.HTTP_CONFLICT).build())
        .once();
    try (RunningOperator operator = start()) {
      operator.create("box", "{}", SPEC);
      operator.untilProvider("box");

      AttributeKey<Boolean> retry = AttributeKey.booleanKey("sc.retry");
      SpanData turn =
          collector.first(
              "sc-reconcile", span -> Boolean.TRUE.equals(span.getAttributes().get(retry)));
      SpanData failed =
          collector.first(
              "create-consumer", span -> span.getStatus().getStatusCode() == StatusCode.ERROR);
      assertEquals(turn.getTraceId(), failed.getTraceId());
      assertTrue(
          failed.getEvents().stream()
              .anyMatch(event -> event.getAttributes().toString().contains("409")),
          failed::toString);
    }
  }
}
