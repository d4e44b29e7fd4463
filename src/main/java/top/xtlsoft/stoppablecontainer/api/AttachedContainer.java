package top.xtlsoft.stoppablecontainer.api;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which container has its file system, as the message of the pod's condition "attached" says it:
 * the condition outlives the container and the boot that it is true of.
 *
 * @param id the runtime's ID of the container, 64 hexadecimal digits
 * @param bootId which boot of the node it was in
 */
public record AttachedContainer(String id, String bootId) {

  private static final Pattern MESSAGE =
      Pattern.compile("Container ([0-9a-f]{64}) has its file system in boot ([0-9a-f-]{36})\\.");

  /** Reads the message of a condition; empty where it names no container. */
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
   * @param containerId as a pod's status has it: {@code containerd://ID}
   */
  public boolean is(@Nullable String containerId) {
    return containerId != null && containerId.endsWith("//" + id);
  }
}
