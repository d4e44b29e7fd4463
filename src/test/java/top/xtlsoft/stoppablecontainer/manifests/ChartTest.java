package top.xtlsoft.stoppablecontainer.manifests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** Checks of the chart that need no Helm; {@link ChartRenderTest} renders it. */
class ChartTest {

  static final Path CHART = Path.of("helm/stoppablecontainer");

  /** Values whose parts are the user's own, as in the kinds of Kubernetes that they go into. */
  private static final Set<String> FREE =
      Set.of("resources", "nodeSelector", "affinity", "labels", "tolerations", "extraEnv");

  private static final Pattern USED = Pattern.compile("\\.Values\\.([\\w.]+)");

  private static final Pattern CONDITION =
      Pattern.compile("(?m)^\\{\\{- (if .*|else if .*|fail .*|end) }}\\n");

  /** Absent by default. */
  private static final Pattern SIZE = Pattern.compile("\\{\\{ \\.Values\\.sizes\\.\\w+ }}");

  @ParameterizedTest
  @CsvSource({
    "agent,admission",
    "agent,network",
    "agent,rbac",
    "operator,admission",
    "operator,network",
    "operator,rbac",
    "page,network",
    "page,rbac",
    "page,service",
    "sizes,admission",
    "sizes,default",
    "starters,admission",
    "starters,rbac"
  })
  void hasTheObjectsOfKustomize(String part, String subject) throws IOException {
    String chart =
        Files.readString(CHART.resolve("templates").resolve(part + "-" + subject + ".yaml"));
    assertEquals(
        Files.readString(Path.of("kustomize", part, subject + ".yaml")),
        SIZE.matcher(CONDITION.matcher(chart).replaceAll(""))
            .replaceAll("")
            .replace("{{ .Release.Namespace }}", ApiNames.OPERATOR_NAMESPACE));
  }

  @Test
  void describesEachValueAndNoOther() throws IOException {
    JsonNode schema =
        new ObjectMapper().readTree(Files.readString(CHART.resolve("values.schema.json")));
    Set<String> described = new TreeSet<>();
    describe(schema, schema, "", described);
    assertTrue(described.remove("global"), "Helm hands it to every chart");
    assertEquals(values(), described);
  }

  @Test
  void usesEachValueAndNoOther() throws IOException {
    Set<String> used = new TreeSet<>();
    try (Stream<Path> templates = Files.list(CHART.resolve("templates"))) {
      for (Path template : templates.toList()) {
        USED.matcher(Files.readString(template)).results().forEach(use -> used.add(use.group(1)));
      }
    }
    assertEquals(values(), used);
  }

  /** Paths of the values that are none but themselves. */
  private static Set<String> values() throws IOException {
    String yaml = Files.readString(CHART.resolve("values.yaml"));
    Set<String> paths = new TreeSet<>();
    flatten(new Load(LoadSettings.builder().build()).loadFromString(yaml), "", paths);
    return paths;
  }

  private static void flatten(Object value, String path, Set<String> paths) {
    if (value instanceof Map<?, ?> map && !isFree(path)) {
      map.forEach((name, part) -> flatten(part, below(path, name.toString()), paths));
    } else {
      paths.add(path);
    }
  }

  private static void describe(JsonNode schema, JsonNode part, String path, Set<String> paths) {
    JsonNode meant =
        part.has("$ref") ? schema.at(part.get("$ref").asText().substring("#".length())) : part;
    if (meant.has("properties") && !isFree(path)) {
      assertEquals("false", meant.path("additionalProperties").asText(), path);
      meant
          .get("properties")
          .properties()
          .forEach(field -> describe(schema, field.getValue(), below(path, field.getKey()), paths));
    } else {
      paths.add(path);
    }
  }

  private static boolean isFree(String path) {
    return FREE.contains(path.substring(path.lastIndexOf('.') + 1));
  }

  private static String below(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
