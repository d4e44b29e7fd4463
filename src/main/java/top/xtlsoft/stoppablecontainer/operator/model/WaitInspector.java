package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a template has that would be felt if its pod waited for the next start while the
 * container is stopped: what kubelet does before or beside the container's program, and what a pod
 * takes from others, or takes over only once.
 */
public final class WaitInspector {

  private record Obstacle(Predicate<PodSpec> has, String field, String why) {}

  private static final List<Obstacle> OBSTACLES =
      List.of(
          new Obstacle(
              pod -> pod.getContainers().size() > 1,
              "containers",
              "containers beside the first one would run while it is stopped"),
          new Obstacle(
              pod -> !pod.getInitContainers().isEmpty(),
              "initContainers",
              "init containers would run at the stop instead of the start"),
          new Obstacle(
              pod -> pod.getActiveDeadlineSeconds() != null,
              "activeDeadlineSeconds",
              "the time in which the pod waits would count"),
          new Obstacle(
              of(
                  c ->
                      c.getLivenessProbe() != null
                          || c.getStartupProbe() != null
                          || c.getReadinessProbe() != null),
              "livenessProbe, readinessProbe, startupProbe",
              "kubelet would probe the container while it is stopped"),
          new Obstacle(
              of(c -> c.getLifecycle() != null),
              "lifecycle",
              "kubelet would run the hooks while it is stopped"),
          new Obstacle(
              of(WaitInspector::readsEnvironment),
              "envFrom, env.valueFrom",
              "the container would start with the values of before the stop"),
          new Obstacle(
              WaitInspector::mountsPartOfVolume,
              "volumeMounts.subPath",
              "the container would start with the files of before the stop"),
          new Obstacle(
              pod -> pod.getVolumes().stream().anyMatch(WaitInspector::isClaim),
              "volumes",
              "the pod would keep its claims from other pods"),
          new Obstacle(
              of(c -> c.getPorts().stream().anyMatch(port -> port.getHostPort() != null)),
              "ports.hostPort",
              "the pod would keep the node's port from other pods"));

  private WaitInspector() {}

  /** The first obstacle, as a sentence with the name of the field; empty if the pod can wait. */
  public static Optional<String> obstacle(NormalizedTemplate template) {
    return OBSTACLES.stream()
        .filter(obstacle -> obstacle.has().test(template.pod()))
        .findFirst()
        .map(
            obstacle ->
                "The pod does not wait for the next start, because the template has "
                    + obstacle.field()
                    + ": "
                    + obstacle.why()
                    + ". Each start makes a new pod.");
  }

  private static Predicate<PodSpec> of(Predicate<Container> has) {
    return pod -> pod.getContainers().stream().anyMatch(has);
  }

  /** Kubelet reads these when it creates the container. */
  private static boolean readsEnvironment(Container container) {
    return container.getEnvFrom().stream().anyMatch(WaitInspector::isFromOutside)
        || container.getEnv().stream().anyMatch(WaitInspector::isFromOutside);
  }

  private static boolean isFromOutside(EnvFromSource source) {
    return source.getConfigMapRef() != null || source.getSecretRef() != null;
  }

  private static boolean isFromOutside(EnvVar variable) {
    return variable.getValueFrom() != null
        && (variable.getValueFrom().getConfigMapKeyRef() != null
            || variable.getValueFrom().getSecretKeyRef() != null);
  }

  /** Kubelet updates a whole volume, and no part of one that is mounted alone. */
  private static boolean mountsPartOfVolume(PodSpec pod) {
    Set<String> updated =
        pod.getVolumes().stream()
            .filter(WaitInspector::isUpdated)
            .map(Volume::getName)
            .collect(Collectors.toSet());
    return pod.getContainers().stream()
        .flatMap(container -> container.getVolumeMounts().stream())
        .filter(mount -> isPart(mount.getSubPath()) || isPart(mount.getSubPathExpr()))
        .map(VolumeMount::getName)
        .anyMatch(updated::contains);
  }

  private static boolean isPart(@Nullable String path) {
    return path != null && !path.isEmpty();
  }

  private static boolean isUpdated(Volume volume) {
    return Stream.of(volume.getConfigMap(), volume.getSecret(), volume.getProjected())
        .anyMatch(source -> source != null);
  }

  private static boolean isClaim(Volume volume) {
    return volume.getPersistentVolumeClaim() != null || volume.getEphemeral() != null;
  }
}
