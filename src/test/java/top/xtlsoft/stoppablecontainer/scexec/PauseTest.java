package top.xtlsoft.stoppablecontainer.scexec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PauseTest {

  private static final int SIGCHLD = 17;

  private static String pause() {
    return Binaries.program("pause").toString();
  }

  private static Started startSleeping() {
    Started pause = Started.start(List.of(pause()));
    try {
      Awaitility.await()
          .atMost(10, TimeUnit.SECONDS)
          // It sleeps only once, in its last call.
          .until(() -> ignoresDeadChildren(pause) && isAsleep(pause));
    } catch (RuntimeException e) {
      pause.close();
      throw e;
    }
    return pause;
  }

  private static boolean ignoresDeadChildren(Started pause) throws IOException {
    String mask = statusLine(pause, "SigIgn").replace("SigIgn:", "").strip();
    return (Long.parseLong(mask, 16) & 1 << SIGCHLD - 1) != 0;
  }

  private static boolean isAsleep(Started pause) throws IOException {
    return statusLine(pause, "State").contains("sleeping");
  }

  private static String statusLine(Started pause, String key) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pause.process().pid() + "/status")).stream()
        .filter(line -> line.startsWith(key + ":"))
        .findFirst()
        .orElse("");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void exitsWithZeroWhenToldToStop(String signal) {
    try (Started pause = startSleeping()) {
      pause.signal(pause.process().toHandle(), signal);
      assertEquals(new Finished(0, "", ""), pause.finish());
    }
  }

  @Test
  void goesOnSleepingAfterItWasStoppedAndContinued() {
    try (Started pause = startSleeping()) {
      pause.signal(pause.process().toHandle(), "STOP");
      pause.signal(pause.process().toHandle(), "CONT");
      assertTrue(pause.process().isAlive());
      pause.signal(pause.process().toHandle(), "TERM");
      assertEquals(0, pause.finish().exitCode());
    }
  }

  @Test
  void neverWakesUp() throws Exception {
    try (Started pause = startSleeping()) {
      String before = statusLine(pause, "voluntary_ctxt_switches");
      Awaitility.await()
          .during(1, TimeUnit.SECONDS)
          .atMost(5, TimeUnit.SECONDS)
          .until(() -> statusLine(pause, "voluntary_ctxt_switches").equals(before));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-v", "--version"})
  void tellsItsVersion(String option) {
    Finished finished = Started.run(List.of(pause(), option));
    assertEquals(0, finished.exitCode());
    assertTrue(finished.stdout().matches("pause \\S+\n"), finished::stdout);
  }

  @Test
  void refusesArguments() {
    Finished finished = Started.run(List.of(pause(), "sleep"));
    assertEquals(1, finished.exitCode());
    assertEquals("usage: pause [-v]\n", finished.stderr());
  }
}
