package top.xtlsoft.stoppablecontainer.e2e.soak;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;

/**
 * Nothing is lost or stuck when faults strike while users start, stop, edit and delete, leave them
 * idle and connect to them, take snapshots, clone and restore them. {@code SOAK_ROUNDS} is the
 * number of rounds; {@code SOAK_SEED} replays a run.
 */
@ClusterTest
@Isolated
@Tag("disruptive")
@Tag("slow")
class SoakE2E {

  private static final int BOXES = 5;
  private static final Path FOLDER = Path.of("target", "soak");

  @Test
  // The faults cause expected warnings of every kind.
  @AllowsLogs(".*")
  void nothingIsLost(TestNamespace ns) {
    assumeTrue(ClusterEnv.get().embedded(), "only the embedded cluster's parts can be killed");
    int rounds = (int) setting("SOAK_ROUNDS", 10);
    long seed = setting("SOAK_SEED", ThreadLocalRandom.current().nextLong(1_000_000));
    step("SOAK_SEED=%d SOAK_ROUNDS=%d", seed, rounds);

    SoakReport report = new SoakReport(seed, BOXES);
    try (Arena arena = new Arena(ns.name())) {
      new Soak(ns, arena, seed, BOXES, report).run(rounds, () -> report.write(FOLDER));
    } finally {
      report.write(FOLDER);
      System.out.println(report.table());
    }
    assertTrue(report.clean(), "the report lists losses, stuck containers or leftovers");
  }

  private static long setting(String name, long unset) {
    String value = System.getenv().getOrDefault(name, "");
    return value.isBlank() ? unset : Long.parseLong(value);
  }
}
