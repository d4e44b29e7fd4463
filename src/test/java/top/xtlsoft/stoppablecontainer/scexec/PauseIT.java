package top.xtlsoft.stoppablecontainer.scexec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** pause as PID 1 of a container. */
class PauseIT {

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void exitsWithZeroWhenToldToStop(String signal) {
    try (Container container = Container.create();
        Started pause = container.start("/.sc-bin/pause")) {
      awaitPause(pause);
      pause.signal(pause.firstInside(), signal);
      assertEquals(new Finished(0, "", ""), pause.finish());
    }
  }

  @Test
  void leavesNoZombieOfAnOrphan() {
    try (Container container = Container.create();
        Started pause =
            // Orphans of before and after the moment when PID 1 becomes pause.
            container.start(
                "sh", "-c", "(true & true &) ; (sleep 0.2 & sleep 0.4 &) ; exec /.sc-bin/pause")) {
      awaitPause(pause);
      long first = pause.firstInside().pid();
      Awaitility.await()
          .atMost(10, TimeUnit.SECONDS)
          .untilAsserted(
              () ->
                  assertEquals(
                      "",
                      Started.run(List.of("ps", "-o", "pid=,stat=,comm=", "--ppid", "" + first))
                          .stdout()));
      assertTrue(pause.process().isAlive());
    }
  }

  private static void awaitPause(Started pause) {
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () ->
                pause
                    .firstInside()
                    .info()
                    .command()
                    .filter(command -> command.endsWith("/pause"))
                    .isPresent());
  }
}
