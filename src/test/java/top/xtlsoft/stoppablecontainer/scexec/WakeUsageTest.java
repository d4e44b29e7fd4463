package top.xtlsoft.stoppablecontainer.scexec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What wake says before it listens. */
class WakeUsageTest {

  private static Finished wake(String... arguments) {
    List<String> command = new ArrayList<>(List.of(Binaries.program("wake").toString()));
    command.addAll(List.of(arguments));
    return Started.run(command);
  }

  @Test
  void tellsItsVersion() {
    Finished finished = wake("--version");
    assertEquals(0, finished.exitCode());
    assertTrue(finished.stdout().matches("wake \\S+\n"), finished::stdout);
  }

  @Test
  void printsHelpOnStdout() {
    Finished finished = wake("--help");
    assertEquals(0, finished.exitCode());
    assertTrue(finished.stdout().startsWith("usage: wake --port=N"), finished::stdout);
  }

  @ParameterizedTest
  @CsvSource({
    "--from=10.0.0.0/8, no port was given",
    "--port=0, no port: 0",
    "--port=65536, no port: 65536",
    "--port=8080x, no port: 8080x",
    "--port=, no port:",
    "--from=10.0.0.0, no network: 10.0.0.0",
    "--from=10.0.0.0/33, no network: 10.0.0.0/33",
    "--from=fd00::/129, no network: fd00::/129",
    "--from=10.0.0/8, no network: 10.0.0/8",
    "--from=10.0.0.0/-1, no network: 10.0.0.0/-1",
    "--from=10.0.0.0/8x, no network: 10.0.0.0/8x",
    "--nonsense, unknown option --nonsense",
  })
  void refusesWhatItDoesNotUnderstand(String argument, String why) {
    Finished finished = wake(argument);
    assertEquals(125, finished.exitCode());
    assertEquals("", finished.stdout());
    assertTrue(finished.stderr().startsWith("wake: " + why), finished::stderr);
  }
}
