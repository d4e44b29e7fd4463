package top.xtlsoft.stoppablecontainer.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.camel.BindToRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The house's rules for route files. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RouteFileRules {

  /** EIPs whose id a trace shows; the others only hold these. */
  private static final Set<String> STEPS =
      Set.of(
          "bean",
          "choice",
          "doTry",
          "filter",
          "from",
          "log",
          "onException",
          "setHeader",
          "setProperty",
          "split",
          "to");

  private final String prefix;
  private final Map<String, Class<?>> beans = new TreeMap<>();
  private final Map<Path, List<Map<String, Object>>> files;

  /**
   * Rules for one program's routes.
   *
   * @param folder where they lie
   * @param prefix of their ids
   * @param configuration the class that wires the program's beans
   * @param bound beans that need the Camel context, and so are no fields of it
   */
  RouteFileRules(
      String folder, String prefix, Class<?> configuration, Map<String, Class<?>> bound) {
    this.prefix = prefix;
    beans.putAll(bound);
    for (Field field : configuration.getDeclaredFields()) {
      if (field.isAnnotationPresent(BindToRegistry.class)) {
        beans.put(field.getName(), field.getType());
      }
    }
    this.files = load(Path.of(folder));
  }

  Stream<Path> files() {
    return files.keySet().stream().sorted();
  }

  Stream<Map<String, Object>> routes() {
    return items("route");
  }

  @ParameterizedTest
  @MethodSource("files")
  void areShortAndNamedInKebabCase(Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    assertTrue(name.matches("[a-z]+(-[a-z]+)*\\.camel\\.yaml"), name);
    assertTrue(Files.readAllLines(file).size() <= 80, name + " is too long");
  }

  @ParameterizedTest
  @MethodSource("files")
  void sayAboveEachRouteWhyItExists(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).startsWith("- ")) {
        assertTrue(i > 0 && lines.get(i - 1).startsWith("#"), file + ":" + (i + 1));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("routes")
  void haveIdDescriptionAndErrorHandling(Map<String, Object> route) {
    String id = String.valueOf(route.get("id"));
    assertTrue(id.startsWith(prefix + "-"), id);
    assertNotNull(route.get("description"), id);
    assertEquals(prefix + "-errors", route.get("routeConfigurationId"), id);
    String from = String.valueOf(map(route.get("from")).get("uri"));
    if (from.startsWith("direct:")) {
      assertEquals("direct:" + id, from);
    }
  }

  @Test
  void giveEachStepAnIdOfItsOwn() {
    Set<String> seen = new HashSet<>();
    eachStep(
        (kind, step) -> {
          if (STEPS.contains(kind)) {
            String id = (String) step.get("id");
            assertNotNull(id, kind + " without id: " + step);
            assertTrue(seen.add(id), "twice: " + id);
          }
        });
  }

  @Test
  void callOnlyRoutesAndMethodsThatExist() {
    Set<String> ids = new HashSet<>();
    routes().forEach(route -> ids.add("direct:" + route.get("id")));
    eachStep(
        (kind, step) -> {
          if (kind.equals("bean") || kind.equals("method")) {
            assertHasMethod((String) step.get("ref"), (String) step.get("method"));
          }
          if (kind.equals("to")) {
            String uri = (String) step.get("uri");
            assertTrue(!uri.startsWith("direct:") || ids.contains(uri), uri);
          }
        });
  }

  @Test
  void nameBeansAsTheirClasses() {
    beans.forEach(
        (bean, type) -> {
          String name = type.getSimpleName();
          assertEquals(name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1), bean);
        });
  }

  private void assertHasMethod(String bean, String method) {
    Class<?> type = beans.get(bean);
    assertNotNull(type, "no bean " + bean);
    assertNotNull(method, "no method for " + bean);
    assertTrue(
        Arrays.stream(type.getMethods()).anyMatch(m -> m.getName().equals(method)),
        type + " has no method " + method);
  }

  private Stream<Map<String, Object>> items(String kind) {
    return files.values().stream()
        .flatMap(List::stream)
        .filter(item -> item.containsKey(kind))
        .map(item -> map(item.get(kind)));
  }

  private void eachStep(Visitor visitor) {
    files.values().forEach(items -> walk(items, visitor));
  }

  private interface Visitor {
    void visit(String kind, Map<String, Object> step);
  }

  private static void walk(Object node, Visitor visitor) {
    if (node instanceof Map<?, ?> map) {
      map.forEach(
          (kind, value) -> {
            if (value instanceof Map<?, ?>) {
              visitor.visit((String) kind, map(value));
            }
            walk(value, visitor);
          });
    } else if (node instanceof List<?> list) {
      list.forEach(value -> walk(value, visitor));
    }
  }

  private static Map<Path, List<Map<String, Object>>> load(Path folder) {
    Map<Path, List<Map<String, Object>>> files = new HashMap<>();
    try (Stream<Path> paths = Files.list(folder)) {
      for (Path path : paths.toList()) {
        files.put(
            path,
            list(new Load(LoadSettings.builder().build()).loadFromString(Files.readString(path))));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object node) {
    return (Map<String, Object>) node;
  }

  private static List<Map<String, Object>> list(Object node) {
    List<Map<String, Object>> maps = new ArrayList<>();
    ((List<?>) node).forEach(item -> maps.add(map(item)));
    return maps;
  }
}
