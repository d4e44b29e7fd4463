package top.xtlsoft.stoppablecontainer.operator;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program that can't start ends, so that kubelet starts it again and shows what it said. */
class FailedStartTest {

  @TempDir private Path folder;

  @Test
  void failsWithoutBinaries() throws Exception {
    ProcessBuilder operator =
        new ProcessBuilder(
            ProcessHandle.current().info().command().orElseThrow(),
            "-cp",
            System.getProperty("java.class.path"),
            Operator.class.getName());
    Path said = folder.resolve("said");
    operator.redirectErrorStream(true).redirectOutput(said.toFile());
    operator
        .environment()
        .putAll(Map.of("SC_ROUTES", "routes", "SC_BIN", folder + "/none", "SC_HEALTH_PORT", "0"));
    Process process = operator.start();
    try {
      assertTrue(process.waitFor(30, SECONDS), "still runs");
      assertEquals(1, process.exitValue(), () -> said.toString());
    } finally {
      process.destroyForcibly();
    }
  }
}
