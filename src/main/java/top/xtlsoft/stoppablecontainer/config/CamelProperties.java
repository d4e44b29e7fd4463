package top.xtlsoft.stoppablecontainer.config;

import org.apache.camel.main.Main;

/** What operator and node agent have Camel do alike: routes from a folder, health and metrics. */
public final class CamelProperties {

  private CamelProperties() {}

  /**
   * Sets the properties; the environment still has the last word, as always with camel-main.
   *
   * @param name name of the program's Camel context
   * @param routes folder of the route files
   * @param healthPort TCP port of health and metrics
   */
  public static void apply(Main main, String name, String routes, int healthPort) {
    main.addInitialProperty("camel.main.name", name);
    main.addInitialProperty(
        "camel.main.routes-include-pattern", "file:" + routes + "/*.camel.yaml");
    main.addInitialProperty("camel.main.shutdown-timeout", "5");
    main.addInitialProperty("camel.main.shutdown-log-inflight-exchanges-on-timeout", "false");
    main.addInitialProperty("camel.management.enabled", "true");
    main.addInitialProperty("camel.management.port", "" + healthPort);
    main.addInitialProperty("camel.management.health-check-enabled", "true");
    main.addInitialProperty("camel.management.metrics-enabled", "true");
    main.addInitialProperty("camel.metrics.enabled", "true");
  }
}
