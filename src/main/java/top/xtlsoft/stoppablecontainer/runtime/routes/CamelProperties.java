package top.xtlsoft.stoppablecontainer.runtime.routes;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.apache.camel.component.micrometer.MicrometerConstants;
import org.apache.camel.main.Main;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerGroup;
import top.xtlsoft.stoppablecontainer.runtime.observe.ObservePort;

/** What operator and node agent have Camel do alike: routes from a folder, health and metrics. */
public final class CamelProperties {

  private CamelProperties() {}

  /**
   * Sets the properties; the environment still has the last word, as always with camel-main.
   *
   * @param name name of the program's Camel context
   * @param routes folder of the route files
   * @param observed where health and metrics are served
   * @param informers without which the program is not ready
   * @return what is to be counted in
   */
  public static PrometheusMeterRegistry apply(
      Main main, String name, String routes, ObservePort observed, InformerGroup informers) {
    main.addInitialProperty("camel.main.name", name);
    main.addInitialProperty(
        "camel.main.routes-include-pattern", "file:" + routes + "/*.camel.yaml");
    main.addInitialProperty("camel.main.shutdown-timeout", "5");
    main.addInitialProperty("camel.main.shutdown-log-inflight-exchanges-on-timeout", "false");
    // Steps are traced when the annotation of a resource asks for it: see StepTracer.
    main.addInitialProperty("camel.main.tracing-standby", "true");
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    main.bind(MicrometerConstants.METRICS_REGISTRY_NAME, meters);
    main.addMainListener(new RouteMeters(meters));
    main.addMainListener(observed.of(meters, informers));
    return meters;
  }
}
