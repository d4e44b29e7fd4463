package top.xtlsoft.stoppablecontainer.operator.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.Wanted;

class WantedTest {

  private static final String ONCE =
      """
      running: %s
      template:
        spec:
          restartPolicy: Never
          containers: [{name: main, image: "image:1", command: [run]}]
      """;

  @Test
  void runsWhenTheUserWantsIt() {
    assertEquals(Wanted.RUN, Given.pass(Given.sc(true), null, null, null).observed().wanted());
  }

  @Test
  void isStoppedByTheUser() {
    assertEquals(
        Wanted.STOPPED_BY_USER, Given.pass(Given.sc(false), null, null, null).observed().wanted());
  }

  @Test
  void isCompletedWhenItEndedByItselfUntilTheUserStopsIt() {
    assertEquals(Wanted.COMPLETED, afterItsEnd(true));
    assertEquals(Wanted.STOPPED_BY_USER, afterItsEnd(false));
  }

  private static Wanted afterItsEnd(boolean running) {
    StoppableContainer once = Given.sc(ONCE.formatted(running));
    StoppableContainerInstance instance = Given.instance(once, true, true);
    return Given.pass(
            once, instance, null, Given.ended(Given.consumer(once, instance), "Succeeded", null))
        .observed()
        .wanted();
  }
}
