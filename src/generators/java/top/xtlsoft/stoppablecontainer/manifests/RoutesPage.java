package top.xtlsoft.stoppablecontainer.manifests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Writes the pictures of the routes from their YAML: {@code docs/routes.md}. */
final class RoutesPage {

  static final Path FILE = Path.of("docs", "routes.md");

  private static final String INTRODUCTION =
      """
      # Routes

      What operator and node agent do, as Camel runs it. `make manifests` draws this page from the route files; `make lint` reports a stale page.
      [Architecture](architecture.md) says why it is done so.

      In an overview a box is a route, with an arrow to each route that it calls or wakes; what is rounded hands keys over: informers, timers, files and
      work queues. Below are the steps of each route with their ids, which traces and metrics name, too. A box with a double edge is another endpoint, a
      rhombus a decision. Failures go where `error-handling.camel.yaml` sends them.
      """;

  private static final Pattern TO = Pattern.compile("\\buri=((?:direct|sc-workqueue):[\\w-]+)");

  /** A route or a template of routes. */
  private record Route(Path file, String id, String description, Map<String, ?> from) {

    /** Where its exchanges come from, without options. */
    String source() {
      return endpoint(from.get("uri").toString());
    }

    /** Routes and queues that it hands its exchanges to. */
    Set<String> targets() {
      Set<String> targets = new TreeSet<>();
      TO.matcher(from.get("steps").toString())
          .results()
          .map((MatchResult uri) -> uri.group(1))
          .forEach(targets::add);
      return targets;
    }
  }

  private RoutesPage() {}

  static String render() throws IOException {
    StringBuilder page = new StringBuilder(INTRODUCTION);
    part(page, "Operator", routes(Path.of("routes")));
    part(page, "Node agent", routes(Path.of("agent-routes")));
    return page.toString();
  }

  private static void part(StringBuilder page, String title, List<Route> routes) {
    page.append("\n## ").append(title).append("\n\n").append(overview(routes));
    for (Route route : routes) {
      page.append("\n### ").append(route.id()).append("\n\n");
      page.append(route.description()).append(" (`").append(route.file()).append("`)\n\n");
      page.append(RouteDiagram.of(route.from()));
    }
  }

  private static String overview(List<Route> routes) {
    StringBuilder chart = new StringBuilder("```mermaid\nflowchart LR\n");
    for (Route route : routes) {
      chart.append("  %s[\"%s\"]%n".formatted(node(route.id()), route.id()));
      if (!route.source().startsWith("direct:")) {
        chart.append(
            "  %s([\"%s\"]) --> %s%n"
                .formatted(node(route.source()), route.source(), node(route.id())));
      }
    }
    for (Route route : routes) {
      for (String target : route.targets()) {
        String next =
            target.startsWith("direct:")
                ? routes.stream()
                    .filter(other -> other.source().equals(target))
                    .map(Route::id)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no route takes " + target))
                : target;
        chart.append("  %s --> %s%n".formatted(node(route.id()), node(next)));
      }
    }
    return chart.append("```\n").toString();
  }

  private static List<Route> routes(Path folder) throws IOException {
    List<Route> routes = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        Object parts =
            new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
        for (Object part : (List<?>) parts) {
          read(file, (Map<?, ?>) part, routes);
        }
      }
    }
    return routes;
  }

  private static void read(Path file, Map<?, ?> part, List<Route> routes) {
    if (part.get("routeTemplate") instanceof Map<?, ?> template) {
      routes.add(route(file, template.get("id"), (Map<?, ?>) template.get("route")));
    } else if (part.get("route") instanceof Map<?, ?> route) {
      routes.add(route(file, route.get("id"), route));
    }
  }

  @SuppressWarnings("unchecked") // As the YAML DSL has it.
  private static Route route(Path file, Object id, Map<?, ?> route) {
    return new Route(
        file,
        id.toString(),
        route.get("description").toString(),
        (Map<String, ?>) route.get("from"));
  }

  private static String endpoint(String uri) {
    return uri.replaceFirst("\\?.*", "");
  }

  private static String node(String name) {
    return name.replaceAll("\\W", "_");
  }
}
