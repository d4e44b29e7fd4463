package top.xtlsoft.stoppablecontainer.operator.pass;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.AttachedContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;

/** How far a container is, by a condition that may be true of the container before. */
class StageTest {

  private static final String BOOT = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
  private static final String FIRST = "1".repeat(64);
  private static final String SECOND = "2".repeat(64);

  private final StoppableContainer sc = Given.sc(true);
  private final StoppableContainerInstance sci = Given.instance(sc, true, true);

  /** A ready pod that runs one container, and whose condition is about another, or the same. */
  private Stage stage(String running, String attachedMessage) {
    Pod consumer =
        Given.with(
            Given.running(Given.consumer(sc, sci)),
            ApiNames.POD_CONDITION_ATTACHED,
            "True",
            null,
            attachedMessage);
    Pod ready =
        new PodBuilder(Given.with(consumer, "Ready", "True", "", ""))
            .editStatus()
            .editFirstContainerStatus()
            .withContainerID("containerd://" + running)
            .endContainerStatus()
            .endStatus()
            .build();
    return Stage.of(Given.pass(sc, sci, Given.mounted(Given.provider(sc, sci)), ready).observed());
  }

  @Test
  void isReadyByTheConditionOfTheContainerThatRuns() {
    Stage stage = stage(FIRST, new AttachedContainer(FIRST, BOOT).message());
    assertTrue(stage.isAttached() && stage.isConsumerReady());
  }

  @Test
  void ignoresTheConditionOfTheContainerBefore() {
    Stage stage = stage(SECOND, new AttachedContainer(FIRST, BOOT).message());
    assertFalse(stage.isAttached() || stage.isConsumerReady());
  }

  @Test
  void isReadyByTheConditionOfAnAgentThatNamesNoContainer() {
    assertTrue(stage(FIRST, null).isConsumerReady());
  }
}
