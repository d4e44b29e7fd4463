package top.xtlsoft.stoppablecontainer.operator.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.AttachedContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.operator.pass.ClusterNodes.Boot;

class PodFactsTest {

  private static final String BOOT = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
  private static final String ATTACHED = "1".repeat(64);
  private static final String ATTACHED_AT = "2026-01-01T00:00:10Z";

  private final StoppableContainer sc = Given.sc(true);

  private Pod consumer(String status, String message, int running, int ended, int startedAfter) {
    Pod pod =
        Given.with(
            Given.running(Given.consumer(sc, Given.instance(sc, true, true))),
            ApiNames.POD_CONDITION_ATTACHED,
            status,
            null,
            message);
    return new PodBuilder(pod)
        .editStatus()
        .editMatchingCondition(c -> c.getType().equals(ApiNames.POD_CONDITION_ATTACHED))
        .withLastTransitionTime(ATTACHED_AT)
        .endCondition()
        .editFirstContainerStatus()
        .withContainerID(id(running))
        .withNewState()
        .withNewRunning("2026-01-01T00:00:%02dZ".formatted(10 + startedAfter))
        .endState()
        .withNewLastState()
        .withNewTerminated()
        .withContainerID(id(ended))
        .endTerminated()
        .endLastState()
        .endContainerStatus()
        .endStatus()
        .build();
  }

  private static String id(int digit) {
    return "containerd://" + Integer.toString(digit).repeat(64);
  }

  /** The condition names container 1. */
  @ParameterizedTest
  @CsvSource({
    // the container that runs
    "True, 1, 0, 0, false",
    "True, 1, 9, 5, false",
    // it has ended, whatever runs
    "True, 2, 1, 0, true",
    "True, 1, 1, 0, true",
    "False, 2, 1, 0, false",
    // kubelet still reports the container before
    "True, 2, 9, 0, false",
    "True, 2, 9, -5, false",
    // several containers since then
    "True, 2, 9, 5, true"
  })
  void knowsWhetherTheContainerThatWasAttachedHasEnded(
      String status, int running, int ended, int startedAfter, boolean outdated) {
    String message = new AttachedContainer(ATTACHED, BOOT).message();
    Pod pod = consumer(status, message, running, ended, startedAfter);
    assertEquals(outdated, new PodFacts(Given.cached(pod)).isAttachedOutdated(Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({"2, 1", "2, 9", "1, 1"})
  void believesAgentThatNamesNoContainer(int running, int ended) {
    Pod pod = consumer("True", "The container has its file system.", running, ended, 5);
    assertEquals(false, new PodFacts(Given.cached(pod)).isAttachedOutdated(Optional.empty()));
  }

  /** The condition is of boot BOOT and of second 10. */
  @ParameterizedTest
  @CsvSource({
    "01234567-89ab-cdef-0123-456789abcdef, 11, true",
    // the agent may know the new boot before kubelet reports it
    "01234567-89ab-cdef-0123-456789abcdef, 10, false",
    "01234567-89ab-cdef-0123-456789abcdef, 9, false",
    "SAME, 11, false"
  })
  void knowsWhetherTheNodeHasBootedSinceTheAttach(String boot, int second, boolean outdated) {
    Pod pod = consumer("True", new AttachedContainer(ATTACHED, BOOT).message(), 1, 0, 0);
    Boot reported =
        new Boot(
            boot.equals("SAME") ? BOOT : boot,
            Instant.parse("2026-01-01T00:00:%02dZ".formatted(second)));
    assertEquals(
        outdated, new PodFacts(Given.cached(pod)).isAttachedOutdated(Optional.of(reported)));
  }
}
