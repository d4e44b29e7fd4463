package top.xtlsoft.stoppablecontainer.manifests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** What keeps people out is the same in the chart, but for the namespace; Helm is not needed. */
class ChartTest {

  @ParameterizedTest
  @CsvSource({
    "agent,admission",
    "agent,network",
    "agent,rbac",
    "operator,admission",
    "operator,network",
    "operator,rbac"
  })
  void holdsWhatKustomizeHolds(String part, String subject) throws IOException {
    Path chart = Path.of("helm/stoppablecontainer/templates", part + "-" + subject + ".yaml");
    assertEquals(
        Files.readString(Path.of("kustomize", part, subject + ".yaml")),
        Files.readString(chart).replace("{{ .Release.Namespace }}", ApiNames.OPERATOR_NAMESPACE));
  }
}
