package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.MainContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;

/** Which image the pods of an instance run: the one that its file system was made from. */
public final class PinnedImage {

  private static final String DOCKER_PREFIX = "docker-pullable://";

  private static final Pattern LOADED = Pattern.compile("sha256:[0-9a-f]{64}");

  private PinnedImage() {}

  /**
   * The image by digest when the agent knows one that a pod can name; else as the instance has it.
   * A tag that moved on would put other layers, another environment and another entry point beside
   * the old file system.
   */
  public static String of(StoppableContainerInstance instance) {
    return usedBy(instance).flatMap(PinnedImage::byDigest).orElse(instance.getSpec().image());
  }

  /**
   * Whether a pod of the instance is to be made again for its image. While the image can still
   * change, when it did; later, when the agent found that the tag of an unpinned pod moved on.
   */
  public static boolean isOutdated(
      StoppableContainerInstance instance, Pod pod, boolean otherLayers) {
    return (otherLayers || !isFixed(instance))
        && askedFor(pod).filter(image -> !image.equals(of(instance))).isPresent();
  }

  /**
   * The image that the operator asked for. What the pod names now may have been rewritten by an
   * admission webhook, which would rewrite it in the next pod, too. Pods of earlier versions of the
   * operator carry no note of it.
   */
  private static Optional<String> askedFor(Pod pod) {
    return Optional.ofNullable(pod.getMetadata().getAnnotations())
        .map(annotations -> annotations.get(ApiNames.ANNOTATION_IMAGE))
        .or(() -> MainContainer.of(pod).map(Container::getImage));
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

  /**
   * The image id as a reference, where it can be one. Images that were loaded from a file have no
   * digest that a registry knows, only an id, by which containerd finds them on the node.
   */
  private static Optional<String> byDigest(@Nullable String imageID) {
    return Optional.ofNullable(imageID)
        .map(id -> id.startsWith(DOCKER_PREFIX) ? id.substring(DOCKER_PREFIX.length()) : id)
        .filter(id -> id.indexOf("@sha256:") > 0 || isLoaded(id));
  }

  /** Whether a pod names an image by its id, as no registry has it. */
  public static boolean isLoaded(String image) {
    return LOADED.matcher(image).matches();
  }
}
