package top.xtlsoft.stoppablecontainer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackageImportsTest {

  private static final Path SOURCES = Path.of("src/main/java/top/xtlsoft/stoppablecontainer");

  private static final List<String> OUTSIDE =
      List.of(
          "import org.apache.camel",
          "import io.fabric8.kubernetes.client",
          "import top.xtlsoft.stoppablecontainer.kube",
          "import top.xtlsoft.stoppablecontainer.component",
          "import top.xtlsoft.stoppablecontainer.agent");

  @ParameterizedTest
  @ValueSource(strings = {"model", "reconcile"})
  void desiredObjectsAndDecisionsImportNeitherCamelNorAClient(String name) throws IOException {
    assertEquals(List.of(), imports(SOURCES.resolve(name), OUTSIDE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"model"})
  void desiredObjectsKnowNothingOfDecisions(String name) throws IOException {
    assertEquals(
        List.of(),
        imports(SOURCES.resolve(name), List.of("import top.xtlsoft.stoppablecontainer.reconcile")));
  }

  private static List<String> imports(Path folder, List<String> unwanted) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .flatMap(PackageImportsTest::lines)
          .filter(line -> unwanted.stream().anyMatch(line::startsWith))
          .toList();
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
