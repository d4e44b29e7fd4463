package top.xtlsoft.stoppablecontainer.api;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The container that has its file system, from the message of the pod's condition "attached". The
 * condition can outlive the container and the boot that it describes.
 *
 * @param id the runtime's ID of the container, 64 hexadecimal digits
 * @param bootId boot of the node (/proc/sys/kernel/random/boot_id)
 */
public record AttachedContainer(String id, String bootId) {

  private static final Pattern MESSAGE =
      Pattern.compile("Container ([0-9a-f]{64}) has its file system in boot ([0-9a-f-]{36})\\.");

  /** What the condition says of a container that was started again, and is not attached yet. */
  public static final String STARTED_AGAIN =
      "The container is started again and has not asked for its file system yet.";

  /** Reads the message of a condition; empty if it names no container. */
  public static Optional<AttachedContainer> of(@Nullable String message) {
    Matcher found = MESSAGE.matcher(message == null ? "" : message);
    return found.matches()
        ? Optional.of(new AttachedContainer(found.group(1), found.group(2)))
        : Optional.empty();
  }

  /** The condition's message. */
  public String message() {
    return "Container " + id + " has its file system in boot " + bootId + ".";
  }

  /**
   * Whether that is this container.
   *
   * @param containerId the ID in a pod's status: {@code containerd://ID}
   */
  public boolean is(@Nullable String containerId) {
    return containerId != null && containerId.endsWith("//" + id);
  }

  /** Whether a container's status says that this one has ended. */
  public boolean hasEnded(ContainerStatus status) {
    return Stream.of(
            Optional.ofNullable(status.getState()), Optional.ofNullable(status.getLastState()))
        .flatMap(Optional::stream)
        .map(ContainerState::getTerminated)
        .filter(Objects::nonNull)
        .anyMatch(end -> is(end.getContainerID()));
  }
}
