package top.xtlsoft.stoppablecontainer.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TrimmedPartsTest {

  private static final String LARGE = "x".repeat(1_000_000);

  private static ContainerStatus status(String name, String message) {
    return new ContainerStatusBuilder()
        .withName(name)
        .withContainerID("containerd://" + name)
        .withImage(message)
        .withNewState()
        .withNewWaiting(message, "CrashLoopBackOff")
        .endState()
        .withNewLastState()
        .withNewTerminated()
        .withContainerID("containerd://before")
        .withExitCode(3)
        .withFinishedAt("2026-01-01T00:00:00Z")
        .withMessage(message)
        .endTerminated()
        .endLastState()
        .build();
  }

  private static Pod asking(String name) {
    return new PodBuilder()
        .withNewSpec()
        .addNewContainer()
        .withName(name)
        .addNewVolumeMount()
        .withName(ApiNames.VOLUME_REQUEST)
        .endVolumeMount()
        .endContainer()
        .endSpec()
        .build();
  }

  @Test
  void keepsShortMessagesAndCutsLargeOnes() {
    ContainerStatus kept =
        TrimmedParts.statuses(new Pod(), List.of(status("main", "why"))).getFirst();
    assertEquals("why", kept.getState().getWaiting().getMessage());
    assertEquals("CrashLoopBackOff", kept.getState().getWaiting().getReason());
    assertEquals("why", kept.getLastState().getTerminated().getMessage());
    assertEquals(3, kept.getLastState().getTerminated().getExitCode());
    assertEquals("containerd://before", kept.getLastState().getTerminated().getContainerID());
    ContainerStatus cut =
        TrimmedParts.statuses(new Pod(), List.of(status("main", LARGE))).getFirst();
    assertEquals(
        TrimmedParts.MOST_MESSAGE_LETTERS, cut.getState().getWaiting().getMessage().length());
    assertEquals(
        TrimmedParts.MOST_MESSAGE_LETTERS,
        cut.getLastState().getTerminated().getMessage().length());
  }

  @Test
  void keepsTheMainContainerAfterManyOthers() {
    List<ContainerStatus> all =
        Stream.concat(
                IntStream.range(0, 10_000).mapToObj(i -> status("other" + i, "")),
                Stream.of(status("main", "")))
            .toList();
    List<ContainerStatus> kept = TrimmedParts.statuses(asking("main"), all);
    assertEquals(TrimmedParts.MOST_STATUSES + 1, kept.size());
    assertEquals("main", kept.getLast().getName());
  }

  @Test
  void keepsFewShortEntriesOfTheProject() {
    Map<String, String> all = new HashMap<>();
    all.put(ApiNames.GROUP + "/large", LARGE);
    all.put("app", "other");
    assertEquals(Map.of(), TrimmedParts.ours(all));
    assertEquals(Map.of(), TrimmedParts.ours(null));
    all.put(ApiNames.LABEL_ROLE, "consumer");
    assertEquals(Map.of(ApiNames.LABEL_ROLE, "consumer"), TrimmedParts.ours(all));
    IntStream.range(0, 10_000).forEach(i -> all.put(ApiNames.GROUP + "/" + i, ""));
    assertTrue(TrimmedParts.ours(all).size() <= TrimmedParts.MOST_ENTRIES);
  }
}
