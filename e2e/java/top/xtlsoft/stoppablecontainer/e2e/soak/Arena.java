package top.xtlsoft.stoppablecontainer.e2e.soak;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.NodeProcesses;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** The target of the faults: the embedded node and its current state. */
final class Arena implements AutoCloseable {

  /** The part of a fault that is not detected or repaired yet; empty when it is over. */
  @FunctionalInterface
  interface Over {

    Optional<String> unmet(Watched watched);

    /** Time limit of the recovery, from the last fault of the round. */
    default Duration within() {
      return Timeouts.RECOVERED;
    }

    /** Compares, when all is settled again, what the fault alone concerned; returns the losses. */
    default List<String> losses(Watched watched, Deadline deadline) {
      return List.of();
    }
  }

  private final String namespace;
  private final Set<String> podUids = Watched.newUids();
  private Watched watched;

  Arena(String namespace) {
    this.namespace = namespace;
    this.watched = new Watched(namespace, podUids);
  }

  Watched watched() {
    return watched;
  }

  /** UIDs of all pods of the namespace, including deleted ones. */
  Set<String> podUids() {
    return podUids;
  }

  Optional<Over> killSystemPod(String owner) {
    return watched.systemPods(owner).stream()
        .flatMap(pod -> containerIds(pod, name -> true))
        .findFirst()
        .flatMap(Arena::kill);
  }

  Optional<Over> killContainer(String pod, String container) {
    return watched.pod(pod).stream()
        .flatMap(p -> containerIds(p, container::equals))
        .findFirst()
        .flatMap(Arena::kill);
  }

  Optional<Over> deletePod(String name, long graceSeconds) {
    Optional<Pod> pod = watched.pod(name);
    if (pod.isEmpty()) {
      return Optional.empty();
    }
    String uid = pod.get().getMetadata().getUid();
    watched.retry(
        "delete pod " + name,
        Deadline.in(Timeouts.RECOVERED),
        client ->
            client
                .pods()
                .inNamespace(namespace)
                .withName(name)
                .withGracePeriod(graceSeconds)
                .delete());
    return Optional.of(
        w ->
            w.pod(name)
                .filter(p -> p.getMetadata().getUid().equals(uid))
                .map(p -> "pod " + name + " that was deleted is still there"));
  }

  Optional<Over> killComponent(String component) {
    ClusterEnv.get().restartComponent(component);
    return Optional.of(new PlainPod(namespace));
  }

  Optional<Over> cutPower() {
    return Optional.of(cutPower(() -> {}));
  }

  /** Restores etcd from a copy that is older than one StoppableContainer. */
  Optional<Over> putEtcdBack() {
    ClusterEnv.get().copyEtcd();
    Forgotten forgotten = Forgotten.create(namespace, watched);
    Over boot = cutPower(() -> ClusterEnv.get().putEtcdBack());
    return Optional.of(
        new Over() {
          @Override
          public Optional<String> unmet(Watched w) {
            return boot.unmet(w);
          }

          @Override
          public Duration within() {
            return boot.within();
          }

          @Override
          public List<String> losses(Watched w, Deadline deadline) {
            return forgotten.adopt(w, deadline);
          }
        });
  }

  private Over cutPower(Runnable whileOff) {
    List<String> before =
        Stream.of(ApiNames.OPERATOR_NAME, ApiNames.AGENT_NAME)
            .flatMap(owner -> watched.systemPods(owner).stream())
            .flatMap(pod -> containerIds(pod, name -> true))
            .toList();
    ClusterEnv.get().powerOff();
    // No packet closes the old connections.
    watched.close();
    whileOff.run();
    ClusterEnv.get().powerOn();
    watched = new Watched(namespace, podUids);
    PlainPod plain = new PlainPod(namespace);
    return new Over() {
      @Override
      public Optional<String> unmet(Watched w) {
        return before.stream()
            .filter(id -> !w.containerGone(id))
            .findFirst()
            .map(id -> "the status still shows " + id + " from before the power cut")
            .or(() -> plain.unmet(w));
      }

      @Override
      public Duration within() {
        return plain.within();
      }
    };
  }

  private static Optional<Over> kill(String containerId) {
    if (!NodeProcesses.killFirst(containerId.replaceFirst(".*://", ""))) {
      return Optional.empty();
    }
    return Optional.of(
        w ->
            w.containerGone(containerId)
                ? Optional.empty()
                : Optional.of("container " + containerId + " that was killed is not replaced"));
  }

  private static Stream<String> containerIds(Pod pod, Function<String, Boolean> name) {
    return pod.getStatus().getContainerStatuses().stream()
        .filter(status -> name.apply(status.getName()))
        .map(ContainerStatus::getContainerID)
        .filter(Objects::nonNull);
  }

  @Override
  public void close() {
    watched.close();
  }
}
