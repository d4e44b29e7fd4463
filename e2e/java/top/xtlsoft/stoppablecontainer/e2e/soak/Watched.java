package top.xtlsoft.stoppablecontainer.e2e.soak;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerRestore;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;

/** The state of one namespace and of operator and agents, from informers. */
final class Watched implements AutoCloseable {

  /** A stale answer changes nothing after this long; a change wakes the waiting at once. */
  private static final Duration LOOK_AGAIN = Duration.ofMillis(250);

  private static final int LONGEST_REASON = 160;

  /** Longer waits are printed. */
  private static final Duration LONG = Duration.ofSeconds(5);

  private final String namespace;
  private final KubernetesClient client;
  private final SharedIndexInformer<StoppableContainer> resources;
  private final SharedIndexInformer<StoppableContainerSnapshot> snapshots;
  private final SharedIndexInformer<StoppableContainerRestore> restores;
  private final SharedIndexInformer<Pod> pods;
  private final SharedIndexInformer<Pod> systemPods;
  private final Set<String> podUids;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /**
   * @param podUids receives the UID of each pod
   */
  Watched(String namespace, Set<String> podUids) {
    this.namespace = namespace;
    this.podUids = podUids;
    Config config =
        new ConfigBuilder(Config.autoConfigure(null))
            .withWatchReconnectInterval(100)
            .withRequestTimeout(5_000)
            .withConnectionTimeout(2_000)
            .withRequestRetryBackoffLimit(0)
            .build();
    client = new KubernetesClientBuilder().withConfig(config).build();
    resources =
        client.resources(StoppableContainer.class).inNamespace(namespace).runnableInformer(0);
    snapshots =
        client
            .resources(StoppableContainerSnapshot.class)
            .inNamespace(namespace)
            .runnableInformer(0);
    restores =
        client
            .resources(StoppableContainerRestore.class)
            .inNamespace(namespace)
            .runnableInformer(0);
    pods = client.pods().inNamespace(namespace).runnableInformer(0);
    systemPods = client.pods().inNamespace(ApiNames.OPERATOR_NAMESPACE).runnableInformer(0);
    resources.addEventHandler(new Waker<>());
    snapshots.addEventHandler(new Waker<>());
    restores.addEventHandler(new Waker<>());
    pods.addEventHandler(new Waker<>());
    systemPods.addEventHandler(new Waker<>());
    for (SharedIndexInformer<?> informer : informers()) {
      informer.exceptionHandler((started, failure) -> true);
      informer.start();
    }
    Deadline deadline = Deadline.in(Duration.ofSeconds(60));
    await(
        "lists of resources and pods",
        deadline,
        () ->
            informers().stream().allMatch(SharedIndexInformer::hasSynced)
                ? Optional.empty()
                : Optional.of("not all listed"));
  }

  private List<SharedIndexInformer<?>> informers() {
    return List.of(resources, snapshots, restores, pods, systemPods);
  }

  KubernetesClient client() {
    return client;
  }

  static Set<String> newUids() {
    return ConcurrentHashMap.newKeySet();
  }

  Optional<StoppableContainer> resource(String name) {
    return Optional.ofNullable(resources.getStore().getByKey(namespace + "/" + name));
  }

  Optional<StoppableContainerSnapshot> snapshot(String name) {
    return Optional.ofNullable(snapshots.getStore().getByKey(namespace + "/" + name));
  }

  Optional<StoppableContainerRestore> restore(String name) {
    return Optional.ofNullable(restores.getStore().getByKey(namespace + "/" + name));
  }

  /** What is there of all kinds that users create, as text. */
  Stream<String> ofUsers() {
    return Stream.of(resources, snapshots, restores)
        .flatMap(informer -> informer.getStore().list().stream())
        .map(found -> found.getKind() + " " + found.getMetadata().getName());
  }

  Optional<Pod> pod(String name) {
    return Optional.ofNullable(pods.getStore().getByKey(namespace + "/" + name));
  }

  /** The pods of operator or agents. */
  List<Pod> systemPods(String owner) {
    return systemPods.getStore().list().stream()
        .filter(pod -> pod.getMetadata().getName().startsWith(owner + "-"))
        .toList();
  }

  /** Empty if operator and agent are ready, otherwise the unready ones. */
  Optional<String> systemUnready() {
    for (String owner : List.of(ApiNames.OPERATOR_NAME, ApiNames.AGENT_NAME)) {
      if (systemPods(owner).stream().noneMatch(Readiness.getInstance()::isReady)) {
        return Optional.of("no pod of " + owner + " is ready");
      }
    }
    return Optional.empty();
  }

  /** Whether no known pod runs this container. */
  boolean containerGone(String containerId) {
    return Stream.concat(pods.getStore().list().stream(), systemPods.getStore().list().stream())
        .flatMap(pod -> pod.getStatus().getContainerStatuses().stream())
        .map(ContainerStatus::getContainerID)
        .noneMatch(containerId::equals);
  }

  /** Waits until nothing is unmet; a timeout fails with the unmet text. */
  void await(String what, Deadline deadline, Supplier<Optional<String>> unmet) {
    Instant begin = Instant.now();
    String last = "";
    lock.lock();
    try {
      while (true) {
        Optional<String> missing = unmet.get();
        if (missing.isEmpty()) {
          tellIfLong(what + " (" + last + ")", begin);
          return;
        }
        if (deadline.over()) {
          throw new StuckException(what + ": " + missing.get());
        }
        last = missing.get().lines().findFirst().orElse("");
        changed.awaitNanos(LOOK_AGAIN.toNanos());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + what, e);
    } finally {
      lock.unlock();
    }
  }

  /** Runs an API action, with retries while a fault prevents it. */
  <T> T retry(String what, Deadline deadline, Function<KubernetesClient, T> action) {
    Instant begin = Instant.now();
    String last = "";
    while (true) {
      try {
        T result = action.apply(client);
        tellIfLong(what + " (" + last + ")", begin);
        return result;
      } catch (KubernetesClientException | IllegalStateException | AssertionError e) {
        last = String.valueOf(e.getMessage()).replace(System.lineSeparator(), " ");
        last = last.substring(Math.max(0, last.length() - LONGEST_REASON));
        if (deadline.over()) {
          throw new StuckException(what + ": " + e.getMessage(), e);
        }
        pause(LOOK_AGAIN);
      }
    }
  }

  private static void tellIfLong(String what, Instant begin) {
    Duration time = Duration.between(begin, Instant.now());
    if (time.compareTo(LONG) > 0) {
      step("  %.1f s for %s", time.toMillis() / 1000.0, what);
    }
  }

  /** Waits between two faults. */
  void pause(Duration time) {
    Instant end = Instant.now().plus(time);
    lock.lock();
    try {
      long left;
      while ((left = Duration.between(Instant.now(), end).toNanos()) > 0) {
        changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    informers().forEach(SharedIndexInformer::close);
    client.close();
  }

  private final class Waker<T> implements ResourceEventHandler<T> {
    @Override
    public void onAdd(T resource) {
      wake(resource);
    }

    @Override
    public void onUpdate(T before, T resource) {
      wake(resource);
    }

    @Override
    public void onDelete(T resource, boolean unknown) {
      wake(resource);
    }

    private void wake(T resource) {
      if (resource instanceof Pod pod && pod.getMetadata().getNamespace().equals(namespace)) {
        podUids.add(pod.getMetadata().getUid());
      }
      lock.lock();
      try {
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }
}
