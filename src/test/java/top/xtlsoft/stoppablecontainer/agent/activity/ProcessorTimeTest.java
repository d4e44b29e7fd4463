package top.xtlsoft.stoppablecontainer.agent.activity;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.agent.process.ContainerProcess;

/** Looks at a container every 10 s, that is every 1,000 ticks. The floor is 20 of these. */
class ProcessorTimeTest {

  private final ProcessorTime time = new ProcessorTime();

  private static ContainerProcess process(int pid, long start, long ticks) {
    return new ContainerProcess(pid, 1, false, 0, ticks, start);
  }

  private boolean look(long now, ContainerProcess... processes) {
    return time.isAboveFloor(List.of(processes), now);
  }

  @Test
  void doesNotCallTheFirstLookWork() {
    assertFalse(look(1000, process(7, 0, 900)));
  }

  @Test
  void comparesWithTheLastLook() {
    look(1000, process(7, 0, 900));
    assertFalse(look(2000, process(7, 0, 920)));
    assertTrue(look(3000, process(7, 0, 941)));
    assertFalse(look(4000, process(7, 0, 941)));
  }

  @Test
  void addsUpWhatManyProcessesTakeAndAllOfANewOne() {
    look(1000, process(7, 0, 900));
    assertTrue(look(2000, process(7, 0, 910), process(8, 1500, 11)));
  }

  @Test
  void doesNotTakeAProcessForAnEarlierOneOfItsNumber() {
    look(1000, process(7, 0, 900));
    assertTrue(look(2000, process(7, 1500, 30)));
  }

  @Test
  void aProcessThatHasEndedTakesNothingBack() {
    look(1000, process(7, 0, 10), process(8, 0, 900));
    assertTrue(look(2000, process(7, 0, 31)));
  }
}
