package top.xtlsoft.stoppablecontainer.agent.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContainerProcessTest {

  private static final String REST =
      " S 41 42 42 34816 42 4194304 1 2 3 4 100 20 3 4 20 0 1 0 5555 8192 7";

  @ParameterizedTest
  @ValueSource(strings = {"sh", "a b", ") Z 1 1 1 1", "(((", ""})
  void readsItWhateverItsNameIs(String name) {
    assertEquals(
        new ContainerProcess(42, 41, false, 34816, 127, 5555),
        ContainerProcess.parse(42, "42 (" + name + ")" + REST + "\n"));
  }

  @Test
  void seesThatItHasEnded() {
    assertTrue(ContainerProcess.parse(42, "42 (sh)" + REST.replace(" S ", " Z ")).hasEnded());
  }
}
