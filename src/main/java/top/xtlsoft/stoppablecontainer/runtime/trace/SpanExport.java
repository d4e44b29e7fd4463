package top.xtlsoft.stoppablecontainer.runtime.trace;

import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;
import org.apache.camel.spi.Registry;

/**
 * Sends a program's {@link StepSpans} to a collector with OTLP over HTTP. OpenTelemetry's own
 * variables ({@code OTEL_*}) configure it; without an endpoint the program makes no spans.
 */
public final class SpanExport extends MainListenerSupport {

  private static final Set<String> ENDPOINTS =
      Set.of("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");

  /** Defaults of the variables: spans only, over HTTP, the one client on the class path. */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "otel.metrics.exporter", "none",
          "otel.logs.exporter", "none",
          "otel.exporter.otlp.protocol", "http/protobuf");

  /** How long the program waits at its end for the collector to take the last spans. */
  private static final long LAST_SPANS_SECONDS = 2;

  private final OpenTelemetrySdk sdk;
  private final StepText text;

  /** An export through this SDK. */
  public SpanExport(OpenTelemetrySdk sdk, StepText text) {
    this.sdk = sdk;
    this.text = text;
  }

  /**
   * The export that the environment configures; empty without an endpoint.
   *
   * @param service default of OTEL_SERVICE_NAME
   * @throws IllegalArgumentException if a variable is invalid
   */
  public static Optional<SpanExport> from(
      Map<String, String> environment, String service, StepText text) {
    if (ENDPOINTS.stream().allMatch(name -> environment.getOrDefault(name, "").isBlank())) {
      return Optional.empty();
    }
    try {
      OpenTelemetrySdk sdk =
          AutoConfiguredOpenTelemetrySdk.builder()
              .addPropertiesSupplier(() -> DEFAULTS)
              .addPropertiesSupplier(() -> Map.of("otel.service.name", service))
              .disableShutdownHook()
              .build()
              .getOpenTelemetrySdk();
      return Optional.of(new SpanExport(sdk, text));
    } catch (ConfigurationException e) {
      throw new IllegalArgumentException("OTEL_*: " + e.getMessage(), e);
    }
  }

  @Override
  public void beforeInitialize(BaseMainSupport starting) {
    CamelContext camel = starting.getCamelContext();
    Registry registry = camel.getRegistry();
    registry.bind("spanTracer", sdk.getTracer(SpanExport.class.getPackageName()));
    registry.bind("spanPropagators", sdk.getPropagators());
    new StepSpans(text).init(camel);
  }

  @Override
  public void afterStop(BaseMainSupport stopped) {
    sdk.shutdown().join(LAST_SPANS_SECONDS, TimeUnit.SECONDS);
  }
}
