package top.xtlsoft.stoppablecontainer.agent.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  private static String padded(int bytes) {
    return "{\"imageSpec\":{\"config\":{\"Labels\":\"%s\",\"Cmd\":[\"c\"]}}}"
        .formatted("x".repeat(bytes));
  }

  // The runtime is there for the gateway alone.
  @SuppressWarnings("try")
  private static Optional<ImageCommand> ask(Path folder, String info) throws IOException {
    Path path = folder.resolve("runtime.sock");
    try (FakeRuntime runtime = FakeRuntime.start(path, info);
        ImageGateway gateway = new ImageGateway(path.toString())) {
      return gateway.command("image:1");
    }
  }

  @Test
  void takesALongAnswer(@TempDir Path folder) throws IOException {
    assertEquals(
        Optional.of(new ImageCommand(List.of(), List.of("c"))), ask(folder, padded(900_000)));
  }

  /** The runtime has no limit of its own, and the agent's heap has 64 MiB. */
  @Test
  void ignoresAnAnswerOfMoreThanAMebibyte(@TempDir Path folder) throws IOException {
    assertEquals(Optional.empty(), ask(folder, padded(1 << 20)));
  }

  /** Under the agent's heap: what an image says beside, is passed over and not kept. */
  @ParameterizedTest
  @ValueSource(strings = {"\"x\"", "[[],{}]", "{\"a\":{}}", "1"})
  void keepsNothingOfWhatElseAnImageHolds(String filler) {
    String many = (filler + ",").repeat((1 << 20) / (filler.length() + 1)) + "0";
    long before =
        ManagementFactory.getPlatformMXBean(ThreadMXBean.class).getCurrentThreadAllocatedBytes();
    String info =
        "{\"imageSpec\":{\"history\":["
            + many
            + "],\"config\":{\"Labels\":["
            + many
            + "],\"Cmd\":[\"c\"]},\"rootfs\":{\"diff_ids\":[\"sha256:1\"]}}}";
    assertEquals(Optional.of(new ImageCommand(List.of(), List.of("c"))), ImageGateway.parse(info));
    assertEquals(List.of("sha256:1"), ImageGateway.parseLayers(info));
    long allocated =
        ManagementFactory.getPlatformMXBean(ThreadMXBean.class).getCurrentThreadAllocatedBytes()
            - before;
    assertTrue(allocated < 8L * info.length(), allocated + " bytes for " + info.length());
  }

  @Test
  void knowsNothingFromWhatIsOfAnotherShape() {
    assertEquals(Optional.empty(), ImageGateway.parse("{}"));
    assertEquals(Optional.empty(), ImageGateway.parse("not json"));
  }
}
