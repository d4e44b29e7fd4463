package top.xtlsoft.stoppablecontainer.scexec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What sc-exec says before it touches anything. */
class ScExecUsageTest {

  private static Finished scExec(String... arguments) {
    List<String> command = new ArrayList<>(List.of(Binaries.program("sc-exec").toString()));
    command.addAll(List.of(arguments));
    return Started.run(command);
  }

  @Test
  void tellsItsVersion() {
    Finished finished = scExec("--version");
    assertEquals(0, finished.exitCode());
    assertTrue(finished.stdout().matches("sc-exec \\S+\n"), finished::stdout);
  }

  @Test
  void printsHelpOnStdout() {
    Finished finished = scExec("--help");
    assertEquals(0, finished.exitCode());
    assertTrue(finished.stdout().startsWith("usage: sc-exec CMD"), finished::stdout);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "'', no command was given",
        "--, no command was given",
        "--nonsense sh, unknown option --nonsense",
        "--request=other -- sh, unknown option --request=other",
        "--request=attach --, no command was given",
        "--request=attach sh, -- is missing",
        "--request=mount --image-entrypoint -- sh, goes with --request=attach only",
        "--image-entrypoint -- sh, goes with --request=attach only",
        "--parked -- sh, --parked goes with --request=attach only",
      })
  void refusesACommandLineThatItDoesNotKnow(String commandLine, String message) {
    Finished finished = commandLine.equals("''") ? scExec() : scExec(commandLine.split(" "));
    assertEquals(125, finished.exitCode());
    assertTrue(finished.stderr().contains(message), finished::stderr);
    assertTrue(finished.stderr().startsWith("sc-exec: "), finished::stderr);
  }

  @Test
  void saysThatItIsInNoContainerOfOurs() {
    assumeFalse(Files.exists(Path.of("/.sc-ready")));
    Finished finished = scExec("true");
    assertEquals(125, finished.exitCode());
    assertEquals(
        "sc-exec: /.sc-ready is missing: this is not a container of StoppableContainer\n",
        finished.stderr());
  }
}
