package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.MainContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;

/** The image of an instance's pods: the one that its file system was made from. */
public final class PinnedImage {

  private static final String DOCKER_PREFIX = "docker-pullable://";

  private static final Pattern LOADED = Pattern.compile("sha256:[0-9a-f]{64}");

  private PinnedImage() {}

  /**
   * The image by the digest that the agent reported, if a pod can name it; else the instance's
   * image. A tag that moved on would combine other layers, another environment and another entry
   * point with the old file system.
   */
  public static String of(StoppableContainerInstance instance) {
    return usedBy(instance)
        .flatMap(PinnedImage::byDigest)
        .or(() -> newImage(instance))
        .orElse(instance.getSpec().image());
  }

  /** The image that a restore puts the file system on, or has put it on. */
  public static Optional<String> newImage(StoppableContainerInstance instance) {
    return source(instance).map(StoppableContainerInstanceSpec.Source::image);
  }

  /** The restore that is to put the file system on another image, until it is done. */
  public static Optional<String> exchange(StoppableContainerInstance instance) {
    return source(instance)
        .filter(source -> source.image() != null)
        .map(StoppableContainerInstanceSpec.Source::restoreUID)
        .filter(uid -> !Optional.of(uid).equals(report(instance).map(AgentReport::restored)));
  }

  /** Annotations of a pod that is made for an exchange of the image. */
  static Map<String, String> marks(StoppableContainerInstance instance) {
    return exchange(instance).map(uid -> Map.of(ApiNames.ANNOTATION_RESTORE, uid)).orElse(Map.of());
  }

  /** Whether a pod has the image of before an exchange, or that of one that was given up. */
  private static boolean isOfOtherRestore(StoppableContainerInstance instance, Pod pod) {
    Optional<String> mark =
        Optional.ofNullable(pod.getMetadata().getAnnotations())
            .map(annotations -> annotations.get(ApiNames.ANNOTATION_RESTORE));
    Optional<String> exchange = exchange(instance);
    return exchange.isPresent()
        ? !exchange.equals(mark)
        : mark.isPresent() && !mark.equals(report(instance).map(AgentReport::restored));
  }

  private static Optional<AgentReport> report(StoppableContainerInstance instance) {
    return Optional.ofNullable(instance.getStatus()).map(StoppableContainerInstanceStatus::agent);
  }

  private static Optional<StoppableContainerInstanceSpec.Source> source(
      StoppableContainerInstance instance) {
    return Optional.ofNullable(instance.getSpec().source());
  }

  /**
   * Whether a pod of the instance must be replaced because of its image: the user changed an image
   * that can still change, the agent found that the tag of an unpinned pod moved on, or a restore
   * exchanges the image.
   */
  public static boolean isOutdated(
      StoppableContainerInstance instance, Pod pod, boolean otherLayers) {
    return isOfOtherRestore(instance, pod)
        || (otherLayers || !isFixed(instance))
            && askedFor(pod).filter(image -> !image.equals(of(instance))).isPresent();
  }

  /**
   * The image that the operator requested. An admission webhook may have changed the pod's image,
   * and would change it in the next pod, too. Pods of earlier versions of the operator lack the
   * annotation.
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
    return report(instance)
        .filter(_ -> exchange(instance).isEmpty())
        .map(AgentReport::imageID)
        .or(() -> source(instance).map(StoppableContainerInstanceSpec.Source::imageID))
        .filter(id -> !id.isBlank());
  }

  /**
   * The image ID as a reference, if it can be one. An image that was loaded from a file has no
   * digest of a registry, only an ID, which containerd resolves on its node.
   */
  private static Optional<String> byDigest(@Nullable String imageID) {
    return Optional.ofNullable(imageID)
        .map(id -> id.startsWith(DOCKER_PREFIX) ? id.substring(DOCKER_PREFIX.length()) : id)
        .filter(id -> id.indexOf("@sha256:") > 0 || isLoaded(id));
  }

  /** Whether a pod names an image by its ID, because no registry has the image. */
  public static boolean isLoaded(String image) {
    return LOADED.matcher(image).matches();
  }
}
