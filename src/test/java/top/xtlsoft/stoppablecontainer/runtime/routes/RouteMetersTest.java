package top.xtlsoft.stoppablecontainer.runtime.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;
import org.junit.jupiter.api.Test;

class RouteMetersTest {

  @Test
  void countsRoutesButNotThoseOfTemplates() throws Exception {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    Main main = new Main();
    main.addMainListener(new RouteMeters(registry));
    main.configure()
        .addRoutesBuilder(
            new RouteBuilder() {
              @Override
              public void configure() {
                from("direct:known").routeId("known").log("seen");
                routeTemplate("folder").templateParameter("pod").from("direct:{{pod}}").log("seen");
              }
            });
    main.start();
    try {
      main.getCamelContext().addRouteFromTemplate("one", "folder", Map.of("pod", "one"));
      main.getCamelTemplate().sendBody("direct:known", "x");
      main.getCamelTemplate().sendBody("direct:one", "x");
      assertEquals(
          1, registry.get("camel.exchanges.total").tag("routeId", "known").counter().count());
      Set<String> routes =
          registry.getMeters().stream()
              .map(Meter::getId)
              .map(id -> id.getTag("routeId"))
              .filter(Objects::nonNull)
              .filter(id -> !id.isEmpty())
              .collect(Collectors.toSet());
      assertEquals(Set.of("known"), routes);
    } finally {
      main.stop();
    }
  }
}
