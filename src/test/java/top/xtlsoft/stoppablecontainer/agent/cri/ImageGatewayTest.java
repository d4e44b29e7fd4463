package top.xtlsoft.stoppablecontainer.agent.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ImageGatewayTest {

  @Test
  void readsEntrypointAndCmd() {
    assertEquals(
        Optional.of(new ImageCommand(List.of("/e", "x y"), List.of("c"))),
        ImageGateway.parse(
            "{\"chainID\":\"s\",\"imageSpec\":{\"config\":{\"Entrypoint\":[\"/e\",\"x y\"],"
                + "\"Cmd\":[\"c\"]}}}"));
  }

  @Test
  void takesWhatIsMissingForEmpty() {
    assertEquals(
        Optional.of(new ImageCommand(List.of(), List.of())),
        ImageGateway.parse("{\"imageSpec\":{\"config\":{\"Cmd\":null}}}"));
  }

  @Test
  void readsTheDigestsOfLayers() {
    assertEquals(
        List.of("sha256:1", "sha256:2"),
        ImageGateway.parseLayers(
            "{\"imageSpec\":{\"rootfs\":{\"type\":\"layers\","
                + "\"diff_ids\":[\"sha256:1\",\"sha256:2\"]}}}"));
    assertEquals(List.of(), ImageGateway.parseLayers("{}"));
  }

  @Test
  void knowsNothingFromWhatIsOfAnotherShape() {
    assertEquals(Optional.empty(), ImageGateway.parse("{}"));
    assertEquals(Optional.empty(), ImageGateway.parse("not json"));
  }
}
