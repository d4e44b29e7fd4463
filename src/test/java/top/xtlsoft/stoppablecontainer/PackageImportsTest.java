package top.xtlsoft.stoppablecontainer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rule of the rooms: a room imports only from the rooms below it. */
class PackageImportsTest {

  private static final Path SOURCES = Path.of("src/main/java/top/xtlsoft/stoppablecontainer");

  private static final String OURS = "import top.xtlsoft.stoppablecontainer.";

  @ParameterizedTest
  @CsvSource({
    "api,''",
    "camel,api",
    "runtime,api camel",
    "operator,api camel runtime",
    "agent,api camel runtime"
  })
  void roomImportsOnlyFromRoomsBelowIt(String room, String below) throws IOException {
    Set<String> allowed = Set.of((room + " " + below).trim().split(" "));
    assertEquals(
        List.of(),
        imports(room)
            .filter(line -> line.startsWith(OURS))
            .filter(line -> !allowed.contains(line.substring(OURS.length()).split("\\.")[0]))
            .toList());
  }

  @Test
  void topOfTheTreeHoldsRoomsOnly() throws IOException {
    try (Stream<Path> entries = Files.list(SOURCES)) {
      assertEquals(
          Set.of("agent", "api", "camel", "operator", "runtime"),
          Set.copyOf(entries.map(entry -> entry.getFileName().toString()).toList()));
    }
  }

  /** A feature's tests then move or go without any other's. */
  @Test
  void endToEndTestsOfAFeatureImportNoOtherFeature() throws IOException {
    Path tests = Path.of("e2e/java/top/xtlsoft/stoppablecontainer/e2e");
    try (Stream<Path> files = Files.walk(tests)) {
      assertEquals(
          List.of(),
          files
              .filter(file -> file.toString().endsWith("E2E.java"))
              .flatMap(PackageImportsTest::lines)
              .filter(line -> line.matches("import (static )?.*\\.e2e\\.(?!support\\.).*"))
              .toList());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "operator/model",
        "operator/pass",
        "operator/validate",
        "operator/plan",
        "operator/status"
      })
  void decisionsImportNeitherCamelNorAClient(String room) throws IOException {
    List<String> unwanted =
        List.of(
            "import org.apache.camel",
            "import io.fabric8.kubernetes.client",
            OURS + "camel",
            OURS + "runtime",
            OURS + "operator.kube");
    assertEquals(
        List.of(),
        imports(room).filter(line -> unwanted.stream().anyMatch(line::startsWith)).toList());
  }

  @ParameterizedTest
  @CsvSource({
    "operator/model,''",
    "operator/pass,model",
    "operator/validate,model pass",
    "operator/plan,model pass",
    "operator/status,model pass plan"
  })
  void decisionsImportOnlyFromDecisionsBelowThem(String room, String below) throws IOException {
    String operator = OURS + "operator.";
    Set<String> allowed =
        Set.of((room.substring("operator/".length()) + " " + below).trim().split(" "));
    assertEquals(
        List.of(),
        imports(room)
            .filter(line -> line.startsWith(operator))
            .filter(line -> !allowed.contains(line.substring(operator.length()).split("\\.")[0]))
            .toList());
  }

  /** The reason HostPathPrefixNotAllowed is a word of the API. */
  @Test
  void agentKnowsHostPathsInItsStoreOnly() throws IOException {
    Pattern word = Pattern.compile("[hH]ostPathPrefix(es)?\\b|HOST_PATH_PREFIXES");
    Path store = SOURCES.resolve("agent/filesystem/store");
    try (Stream<Path> files = Files.walk(SOURCES.resolve("agent"))) {
      assertEquals(
          List.of(),
          files
              .filter(file -> file.toString().endsWith(".java") && !file.startsWith(store))
              .filter(file -> lines(file).anyMatch(line -> word.matcher(line).find()))
              .toList());
    }
  }

  private static Stream<String> imports(String room) throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES.resolve(room))) {
      return files.filter(file -> file.toString().endsWith(".java")).toList().stream()
          .flatMap(PackageImportsTest::lines);
    }
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
