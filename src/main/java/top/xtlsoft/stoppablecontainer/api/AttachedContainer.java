package top.xtlsoft.stoppablecontainer.api;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
}
