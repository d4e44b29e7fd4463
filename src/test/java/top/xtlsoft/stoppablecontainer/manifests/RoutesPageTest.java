package top.xtlsoft.stoppablecontainer.manifests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RoutesPageTest {

  @Test
  void isFresh() throws IOException {
    assertEquals(
        Files.readString(RoutesPage.FILE), RoutesPage.render(), "make manifests renews it");
  }

  @Test
  void drawsEachWayOfAChoice() {
    Map<String, ?> from =
        Map.of(
            "uri",
            "direct:any",
            "steps",
            List.of(
                Map.of(
                    "choice",
                    Map.of(
                        "id",
                        "which",
                        "when",
                        List.of(Map.of("simple", "${body} == 1", "steps", List.of(log("one")))))),
                log("both")));
    assertEquals(
        """
        ```mermaid
        flowchart TD
          n0(["direct:any"])
          n1{"which"}
          n0 --> n1
          n2["one"]
          n1 -->|"$#123;body#125; == 1"| n2
          n3["both"]
          n2 --> n3
          n1 -->|"otherwise"| n3
        ```
        """,
        RouteDiagram.of(from));
  }

  @Test
  void failsForAStepWithoutAPicture() {
    Map<String, ?> from =
        Map.of("uri", "direct:any", "steps", List.of(Map.of("loop", Map.of("id", "again"))));
    assertThrows(IllegalStateException.class, () -> RouteDiagram.of(from));
  }

  private static Map<String, ?> log(String id) {
    return Map.of("log", Map.of("id", id));
  }
}
