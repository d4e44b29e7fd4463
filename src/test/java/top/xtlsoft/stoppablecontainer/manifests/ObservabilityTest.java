package top.xtlsoft.stoppablecontainer.manifests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import top.xtlsoft.stoppablecontainer.agent.metrics.RequestMetrics;
import top.xtlsoft.stoppablecontainer.camel.LogKeys;
import top.xtlsoft.stoppablecontainer.operator.metrics.LeaderMetrics;
import top.xtlsoft.stoppablecontainer.operator.metrics.LifeMetrics;
import top.xtlsoft.stoppablecontainer.operator.metrics.StepMetrics;
import top.xtlsoft.stoppablecontainer.operator.metrics.WakeMetrics;

/** What is written of metrics, alerts and log keys fits what there is. */
class ObservabilityTest {

  private static final Path FOLDER = Path.of("kustomize/observability");
  private static final Path PAGE = Path.of("docs/observability.md");

  /** Not shown by the dashboard, on purpose. */
  private static final Set<String> NOT_ON_THE_DASHBOARD = Set.of();

  /** The agent's, put together when it is scraped: MetricsE2E reads them from a running agent. */
  private static final Set<String> OF_THE_NODE =
      Set.of(
          "stoppablecontainer_mounts",
          "stoppablecontainer_node_layers",
          "stoppablecontainer_node_snapshots",
          "stoppablecontainer_orphan_snapshots",
          "stoppablecontainer_orphans",
          "stoppablecontainer_orphans_bytes",
          "stoppablecontainer_orphans_oldest_seconds",
          "stoppablecontainer_upper_bytes",
          "stoppablecontainer_upper_inodes");

  private static final Pattern NAME = Pattern.compile("stoppablecontainer_[a-z_]+");

  /** Names as they are served, by what the programs register. */
  private static Set<String> served() throws Exception {
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    new LifeMetrics(meters, System::nanoTime);
    new WakeMetrics(meters, System::nanoTime);
    new RequestMetrics(meters);
    try (DefaultCamelContext camel = new DefaultCamelContext()) {
      new StepMetrics(meters).hooks().get("sc-provider").done(new DefaultExchange(camel), null);
      camel.getRegistry().bind("meters", meters);
      camel.addRoutes(
          new RouteBuilder() {
            @Override
            public void configure() {
              from("sc-workqueue:reconcile").log("any");
            }
          });
      camel.start();
      LeaderMetrics.bind(meters, camel, "any");
      Set<String> names = new TreeSet<>(OF_THE_NODE);
      meters
          .scrape()
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.replaceAll("[{ ].*", ""))
          .filter(name -> name.startsWith("stoppablecontainer_"))
          .forEach(names::add);
      return names;
    }
  }

  private static Set<String> names(String text) {
    return NAME.matcher(text).results().map(match -> match.group()).collect(Collectors.toSet());
  }

  private static String base(String name) {
    return name.replaceAll("_(bucket|count|sum|max)$", "");
  }

  private static Set<String> expressions(JsonNode dashboard) {
    return dashboard.findValuesAsText("expr").stream()
        .flatMap(expression -> names(expression).stream())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> rules() throws IOException {
    Map<String, Object> file = yaml("rules.yaml");
    List<Map<String, Object>> groups = (List<Map<String, Object>>) file.get("groups");
    return groups.stream()
        .flatMap(group -> ((List<Map<String, Object>>) group.get("rules")).stream())
        .toList();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> yaml(String file) throws IOException {
    return (Map<String, Object>)
        new Load(LoadSettings.builder().build())
            .loadFromString(Files.readString(FOLDER.resolve(file)));
  }

  @Test
  void theDashboardShowsEachMetricAndNoOther() throws Exception {
    Set<String> shown =
        expressions(new ObjectMapper().readTree(FOLDER.resolve("dashboard.json").toFile()));
    Set<String> served = served();
    shown.forEach(name -> assertTrue(served.contains(name), name + " is not served"));
    Set<String> missing = new TreeSet<>(served);
    missing.removeAll(shown);
    missing.removeAll(NOT_ON_THE_DASHBOARD);
    assertEquals(Set.of(), missing);
  }

  @Test
  void alertsUseExistingMetrics() throws Exception {
    Set<String> served = served();
    for (Map<String, Object> rule : rules()) {
      names(rule.get("expr").toString())
          .forEach(name -> assertTrue(served.contains(name), rule.get("alert") + ": " + name));
    }
  }

  @Test
  void eachAlertHasARunbook() throws IOException {
    for (Map<String, Object> rule : rules()) {
      String url = ((Map<?, ?>) rule.get("annotations")).get("runbook_url").toString();
      String[] parts = url.split("#");
      assertTrue(
          Files.readString(Path.of(parts[0])).contains("\n## " + rule.get("alert") + "\n"), url);
      assertEquals(rule.get("alert").toString().toLowerCase(java.util.Locale.ROOT), parts[1]);
    }
  }

  @Test
  void thePrometheusOperatorGetsTheSameRules() throws IOException {
    assertEquals(yaml("rules.yaml"), yaml("prometheusrule.yaml").get("spec"));
  }

  @Test
  void thePageListsEachMetricAndNoOther() throws Exception {
    Set<String> listed =
        Pattern.compile("(?m)^\\| `(stoppablecontainer_[a-z_]+)`")
            .matcher(Files.readString(PAGE))
            .results()
            .map(match -> match.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(
        served().stream()
            .map(ObservabilityTest::base)
            .collect(Collectors.toCollection(TreeSet::new)),
        listed);
  }

  @Test
  void thePageListsEachLogKeyAndNoOther() throws Exception {
    Set<String> keys = new TreeSet<>();
    for (Field field : Arrays.stream(LogKeys.class.getFields()).toList()) {
      keys.add(field.get(null).toString());
    }
    Set<String> listed =
        Pattern.compile("(?m)^\\| `(sc\\.[a-z.]+)`")
            .matcher(Files.readString(PAGE))
            .results()
            .map(match -> match.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(keys, listed);
  }
}
