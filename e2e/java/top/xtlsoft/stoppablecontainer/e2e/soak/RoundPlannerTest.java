package top.xtlsoft.stoppablecontainer.e2e.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RoundPlannerTest {

  private static final List<String> BOXES = List.of("box0", "box1", "box2", "box3", "box4");

  @Test
  void replaysByTheSeed() {
    assertEquals(rounds(7, 50), rounds(7, 50));
    assertNotEquals(rounds(7, 50), rounds(8, 50));
  }

  @Test
  void leavesNoKindOfFaultOut() {
    Set<Fault> seen = EnumSet.noneOf(Fault.class);
    for (List<Step> round : rounds(7, 20)) {
      for (Step step : round) {
        if (step instanceof Step.Strike strike) {
          seen.add(strike.fault());
        }
      }
    }
    assertEquals(EnumSet.allOf(Fault.class), seen);
  }

  @Test
  void leavesNoActionOut() {
    Set<Step.Action> seen = EnumSet.noneOf(Step.Action.class);
    for (List<Step> round : rounds(7, 60)) {
      for (Step step : round) {
        if (step instanceof Step.Act act) {
          seen.add(act.action());
        }
      }
    }
    assertEquals(EnumSet.allOf(Step.Action.class), seen);
  }

  private static List<List<Step>> rounds(long seed, int rounds) {
    RoundPlanner planner = new RoundPlanner(seed, BOXES);
    return Stream.generate(planner::next).limit(rounds).toList();
  }
}
