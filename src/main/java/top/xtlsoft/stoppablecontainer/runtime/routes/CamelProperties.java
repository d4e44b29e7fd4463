package top.xtlsoft.stoppablecontainer.runtime.routes;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.apache.camel.component.micrometer.MicrometerConstants;
import org.apache.camel.main.Main;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.runtime.observe.ObservePort;

/** Camel settings that operator and agent share: routes from a folder, health and metrics. */
public final class CamelProperties {

  private CamelProperties() {}

  /**
   * Sets the properties; environment variables override them, as camel-main does by default.
   *
   * @param name name of the program's Camel context
   * @param routes folder of the route files
   * @param observed serves health and metrics
   * @param informers the informers that must have listed before the program is ready
   * @return registry for the program's meters
   */
  public static PrometheusMeterRegistry apply(
      Main main, String name, String routes, ObservePort observed, InformerGroup informers) {
    main.addInitialProperty("camel.main.name", name);
    main.addInitialProperty(
        "camel.main.routes-include-pattern", "file:" + routes + "/*.camel.yaml");
    main.addInitialProperty("camel.main.shutdown-timeout", "5");
    main.addInitialProperty("camel.main.shutdown-log-inflight-exchanges-on-timeout", "false");
    // StepTracer traces the steps of a resource that has the trace annotation.
    main.addInitialProperty("camel.main.tracing-standby", "true");
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    main.bind(MicrometerConstants.METRICS_REGISTRY_NAME, meters);
    main.addMainListener(new RouteMeters(meters));
    main.addMainListener(observed.of(meters, informers));
    return meters;
  }
}
