package top.xtlsoft.stoppablecontainer.model;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;

/** Which image the pods of an instance run: the one that its file system was made from. */
public final class PinnedImage {

  private static final String DOCKER_PREFIX = "docker-pullable://";

  private PinnedImage() {}

  /**
   * The image by digest when the agent knows one that a pod can name; else as the instance has it.
   * A tag that moved on would put other layers, another environment and another entry point beside
   * the old file system.
   */
  public static String of(StoppableContainerInstance instance) {
    return usedBy(instance).flatMap(PinnedImage::byDigest).orElse(instance.getSpec().image());
  }

  /** Whether the file system has been made, so that its image can't change any more. */
  public static boolean isFixed(StoppableContainerInstance instance) {
    return usedBy(instance).isPresent();
  }

  private static Optional<String> usedBy(StoppableContainerInstance instance) {
    return Optional.ofNullable(instance.getStatus())
        .map(StoppableContainerInstanceStatus::agent)
        .map(AgentReport::imageID)
        .filter(id -> !id.isBlank());
  }

  /** The image id as a reference, where it is one: images loaded from a file have none. */
  private static Optional<String> byDigest(@Nullable String imageID) {
    return Optional.ofNullable(imageID)
        .map(id -> id.startsWith(DOCKER_PREFIX) ? id.substring(DOCKER_PREFIX.length()) : id)
        .filter(id -> id.indexOf("@sha256:") > 0);
  }
}
