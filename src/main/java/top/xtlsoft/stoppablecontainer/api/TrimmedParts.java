package top.xtlsoft.stoppablecontainer.api;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The parts of objects that both programs keep in memory. A user may write more than a megabyte
 * into an object; of each part the programs keep so much and no more.
 */
public final class TrimmedParts {

  /** Labels or annotations of one object. */
  static final int MOST_ENTRIES = 32;

  /** Letters of a label or an annotation. */
  static final int MOST_LETTERS = 1024;

  /** Statuses of one pod's containers, its main container's not counted. */
  static final int MOST_STATUSES = 64;

  /** Letters of a container's message, as many as kubelet reads of a termination message. */
  static final int MOST_MESSAGE_LETTERS = 4096;

  private TrimmedParts() {}

  /** Of labels or annotations those of the project, up to a limit. */
  public static Map<String, String> ours(@Nullable Map<String, String> all) {
    return all == null
        ? Map.of()
        : all.entrySet().stream()
            .filter(entry -> entry.getKey().startsWith(ApiNames.GROUP + "/"))
            .filter(entry -> entry.getValue().length() <= MOST_LETTERS)
            .limit(MOST_ENTRIES)
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  /**
   * Statuses of a pod's containers up to a limit; that of the container that asks the agent stays
   * wherever it stands.
   */
  public static List<ContainerStatus> statuses(Pod pod, List<ContainerStatus> all) {
    Set<String> asking =
        pod.getSpec() == null
            ? Set.of()
            : pod.getSpec().getContainers().stream()
                .filter(MainContainer::asks)
                .map(Container::getName)
                .limit(1)
                .collect(Collectors.toSet());
    return IntStream.range(0, all.size())
        .filter(i -> i < MOST_STATUSES || asking.contains(all.get(i).getName()))
        .mapToObj(all::get)
        .map(TrimmedParts::trimmed)
        .toList();
  }

  private static ContainerStatus trimmed(ContainerStatus status) {
    return new ContainerStatusBuilder()
        .withName(status.getName())
        .withImageID(status.getImageID())
        .withContainerID(status.getContainerID())
        .withRestartCount(status.getRestartCount())
        .withState(trimmed(status.getState()))
        .withLastState(trimmed(status.getLastState()))
        .build();
  }

  private static @Nullable ContainerState trimmed(@Nullable ContainerState state) {
    if (state == null) {
      return null;
    }
    ContainerStateBuilder trimmed = new ContainerStateBuilder(state);
    if (state.getTerminated() != null) {
      trimmed
          .editTerminated()
          .withMessage(shortened(state.getTerminated().getMessage()))
          .endTerminated();
    }
    if (state.getWaiting() != null) {
      trimmed.editWaiting().withMessage(shortened(state.getWaiting().getMessage())).endWaiting();
    }
    return trimmed.build();
  }

  private static @Nullable String shortened(@Nullable String message) {
    return message == null || message.length() <= MOST_MESSAGE_LETTERS
        ? message
        : message.substring(0, MOST_MESSAGE_LETTERS);
  }
}
