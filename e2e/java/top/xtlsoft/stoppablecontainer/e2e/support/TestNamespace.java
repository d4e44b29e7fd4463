package top.xtlsoft.stoppablecontainer.e2e.support;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.readiness.Readiness;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerStatus;

/**
 * A namespace that belongs to one test, with the actions of a user. Every wait is a watch with a
 * timeout from {@link Timeouts}; a failed wait shows the last state.
 */
public final class TestNamespace {

  /** An image with a shell and all busybox commands. */
  public static final String BUSYBOX = "stoppablecontainer-e2e/busybox:1";

  /** An image with only one program. */
  public static final String SCRATCH = "stoppablecontainer-e2e/scratch:1";

  /** The busybox image with two VOLUME folders. */
  public static final String VOLUME = "stoppablecontainer-e2e/volume:1";

  static final String PREFIX = "sc-e2e-";

  private final String name;
  private final String since;
  private final Set<String> notedBefore;
  private final Set<String> typed = ConcurrentHashMap.newKeySet();
  private volatile boolean deleted;

  private TestNamespace(String name, String since) {
    this.name = name;
    this.since = since;
    this.notedBefore = Set.copyOf(LogCheck.noted(client(), since));
  }

  /** Creates a second namespace; the test must delete it. */
  public static TestNamespace create(String name, boolean restricted) {
    Namespace namespace =
        new NamespaceBuilder()
            .withNewMetadata()
            .withName(name)
            .addToLabels("stoppablecontainer-e2e", "true")
            .addToLabels(
                "pod-security.kubernetes.io/enforce", restricted ? "restricted" : "privileged")
            .endMetadata()
            .build();
    Namespace created = ClusterEnv.get().client().namespaces().resource(namespace).create();
    step("namespace %s", name);
    // The server's clock, because the logs use it.
    return new TestNamespace(name, created.getMetadata().getCreationTimestamp());
  }

  public String name() {
    return name;
  }

  String since() {
    return since;
  }

  /** What the second in which the namespace was made has of the test before. */
  Set<String> notedBefore() {
    return notedBefore;
  }

  /** Records that a command of a page was typed, for {@link Types}. */
  void typed(String text) {
    typed.add(text);
  }

  Set<String> typed() {
    return Set.copyOf(typed);
  }

  boolean deleted() {
    return deleted;
  }

  /** Starts the deletion without waiting. */
  public void delete() {
    client().namespaces().withName(name).delete();
    deleted = true;
  }

  /** Fails on warnings of operator or agents; for tests that remove their pods. */
  public void requireQuietLogs() {
    LogCheck.check(this, List.of());
  }

  public KubernetesClient client() {
    return ClusterEnv.get().client();
  }

  // Actions of a user

  /** Creates a StoppableContainer and returns its name. */
  public String create(Fixture fixture) {
    StoppableContainer resource = Serialization.unmarshal(fixture.text(), StoppableContainer.class);
    String created = resource.getMetadata().getName();
    step("create StoppableContainer %s", created);
    client().resource(resource).inNamespace(name).create();
    return created;
  }

  /** Creates a plain pod and waits until it is ready. */
  public Pod createPod(Fixture fixture) {
    Pod pod = Serialization.unmarshal(fixture.text(), Pod.class);
    step("create pod %s", pod.getMetadata().getName());
    client().resource(pod).inNamespace(name).create();
    return awaitPodReady(pod.getMetadata().getName());
  }

  /** Creates an empty ConfigMap. */
  public void createConfigMap(String configMap) {
    step("create ConfigMap %s", configMap);
    client()
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName(configMap)
                .withNamespace(name)
                .endMetadata()
                .build())
        .create();
  }

  /** Creates one of many StoppableContainers, without printing a step. */
  public void createQuietly(Fixture fixture) {
    client()
        .resource(Serialization.unmarshal(fixture.text(), StoppableContainer.class))
        .inNamespace(name)
        .create();
  }

  public void start(String sc) {
    step("start %s", sc);
    patch(sc, "{\"spec\":{\"running\":true}}");
  }

  public void stop(String sc) {
    step("stop %s", sc);
    patch(sc, "{\"spec\":{\"running\":false}}");
  }

  /** Stops a container and waits until its writes are on disk. */
  public StoppableContainer stopAndWait(String sc) {
    stop(sc);
    return awaitStopped(sc);
  }

  /** Starts a container and waits until it runs. */
  public StoppableContainer startAndWait(String sc) {
    start(sc);
    return awaitRunning(sc);
  }

  /** Merges JSON into a StoppableContainer. */
  public void patch(String sc, String json) {
    sc(sc).patch(PatchContext.of(PatchType.JSON_MERGE), json);
  }

  /** Deletes a StoppableContainer and waits until it and its instance are gone. */
  public void deleteAndWait(String sc) {
    step("delete %s", sc);
    sc(sc).delete();
    awaitGone(sc(sc), Timeouts.GONE);
    awaitGone(sci(sc), Timeouts.GONE);
  }

  // State

  public Resource<StoppableContainer> sc(String sc) {
    return client().resources(StoppableContainer.class).inNamespace(name).withName(sc);
  }

  public Resource<StoppableContainerInstance> sci(String sc) {
    return client().resources(StoppableContainerInstance.class).inNamespace(name).withName(sc);
  }

  public PodResource pod(String pod) {
    return client().pods().inNamespace(name).withName(pod);
  }

  /** A pod, which must exist. */
  public Pod getPod(String pod) {
    return Objects.requireNonNull(pod(pod).get(), "pod " + pod + " is not there");
  }

  /** Restart count of a pod's container. */
  public int restarts(String pod, String container) {
    return getPod(pod).getStatus().getContainerStatuses().stream()
        .filter(status -> status.getName().equals(container))
        .mapToInt(ContainerStatus::getRestartCount)
        .sum();
  }

  /** Names of all pods. */
  public List<String> podNames() {
    return client().pods().inNamespace(name).list().getItems().stream()
        .map(pod -> pod.getMetadata().getName())
        .sorted()
        .toList();
  }

  /** The node in a StoppableContainer's status. */
  public Node node(String sc) {
    return ClusterEnv.get().node(status(sc).nodeName());
  }

  /** The folder of a StoppableContainer's file system on its node. */
  public String hostPath(String sc) {
    return ApiNames.DEFAULT_HOST_PATH_PREFIX + "/" + name + "/" + sc;
  }

  /** The status, which must exist. */
  public StoppableContainerStatus status(String sc) {
    return Objects.requireNonNull(sc(sc).get().getStatus(), sc + " has no status");
  }

  /** The condition with this type. */
  public static Optional<Condition> condition(StoppableContainer sc, String type) {
    if (sc.getStatus() == null || sc.getStatus().conditions() == null) {
      return Optional.empty();
    }
    return sc.getStatus().conditions().stream().filter(c -> c.getType().equals(type)).findFirst();
  }

  // Commands

  /** Runs a command in a pod's only or first container. */
  public Result exec(String pod, String... command) {
    return execIn(pod, "", command);
  }

  /**
   * Runs a command in a container that has just been started, and may not have its files yet: with
   * sc-exec, which waits for them. In the moment of the attach, in which /proc moves, the runtime
   * can't begin a command.
   *
   * @return its output
   */
  public String execOnceAttached(String pod, String... command) {
    String[] waiting =
        Stream.concat(Stream.of("/.sc-bin/sc-exec"), Stream.of(command)).toArray(String[]::new);
    return Awaitility.await("the runtime begins a command in " + pod)
        .atMost(Timeouts.RUNNING)
        .until(() -> exec(pod, waiting), result -> result.exit() != PodExec.NOT_BEGUN)
        .ok();
  }

  /** Runs a command in one of a pod's containers. */
  public Result execIn(String pod, String container, String... command) {
    return PodExec.run(client(), name, pod, container, command);
  }

  /** Runs a shell line in a pod and returns its output; the line must succeed. */
  public String sh(String pod, String line) {
    return exec(pod, "sh", "-c", line).ok();
  }

  /** Runs kubectl in this namespace. */
  public Result kubectl(String... arguments) {
    return kubectlWithInput("", arguments);
  }

  public Result kubectlWithInput(String stdin, String... arguments) {
    return ClusterEnv.get().kubectl(stdin, inNamespace(arguments));
  }

  public Result kubectlWithTerminal(String stdin, String... arguments) {
    return ClusterEnv.get().kubectlWithTerminal(stdin, inNamespace(arguments));
  }

  /** Runs the kubectl plugin in this namespace. */
  public Result plugin(String... arguments) {
    return pluginWithInput("", arguments);
  }

  /** Starts the kubectl plugin in this namespace with a command that keeps running. */
  public FollowedPlugin followPlugin(String... arguments) {
    step("kubectl sc %s &", String.join(" ", arguments));
    return ClusterEnv.get().followPlugin(inNamespace(arguments));
  }

  /** Runs kubectl with a text as its standard input. */
  public Result pluginWithInput(String stdin, String... arguments) {
    step("kubectl sc %s", String.join(" ", arguments));
    return ClusterEnv.get().plugin(stdin, inNamespace(arguments));
  }

  private String[] inNamespace(String... arguments) {
    List<String> all = new ArrayList<>(List.of("--namespace", name));
    all.addAll(List.of(arguments));
    return all.toArray(String[]::new);
  }

  // Waits

  /** Waits until the container runs and is ready, and the status covers the newest spec. */
  public StoppableContainer awaitRunning(String sc) {
    return awaitPhase(sc, StoppableContainerPhase.RUNNING, "True", Timeouts.RUNNING);
  }

  /** Waits until a container of a pod has restarted more often than before a boot, and is ready. */
  public void awaitRestarted(String pod, int before) {
    await(
        pod(pod),
        "restarted and ready",
        found ->
            found != null
                && found.getStatus().getContainerStatuses().stream()
                    .anyMatch(status -> status.getRestartCount() > before && status.getReady()),
        Timeouts.BOOT);
  }

  /** Waits for the imageID, which the runtime sets shortly after the container's start. */
  public String awaitImageID(String sc) {
    return await(
            sc(sc),
            "an imageID",
            got -> got != null && got.getStatus() != null && got.getStatus().imageID() != null,
            Timeouts.CONDITION)
        .getStatus()
        .imageID();
  }

  /** Waits until the agent has reported the mount, which follows the pod's condition. */
  public void awaitMountReported(String sc) {
    await(
        sci(sc),
        "the agent's report of the mount",
        got ->
            got != null
                && got.getStatus() != null
                && got.getStatus().agent() != null
                && got.getStatus().agent().mount() != null,
        Timeouts.CONDITION);
  }

  /** Waits until the container is gone and its writes are on disk. */
  public StoppableContainer awaitStopped(String sc) {
    return awaitPhase(sc, StoppableContainerPhase.STOPPED, "False", Timeouts.STOPPED);
  }

  /** Waits for a phase and the status of the Ready condition, both for the newest spec. */
  public StoppableContainer awaitPhase(
      String sc, StoppableContainerPhase phase, String ready, Duration timeout) {
    StoppableContainer found =
        await(
            sc(sc),
            phase + " with Ready=" + ready,
            s ->
                s != null
                    && s.getStatus() != null
                    && s.getStatus().phase() == phase
                    && Objects.equals(
                        s.getStatus().observedGeneration(), s.getMetadata().getGeneration())
                    && ready.equals(
                        condition(s, "Ready").map(Condition::getStatus).orElse("False")),
            timeout);
    step("%s is %s", sc, phase);
    return found;
  }

  /** Waits until the Ready condition is false for that reason, and returns it. */
  public Condition awaitNotReady(String sc, String reason, Duration timeout) {
    StoppableContainer found =
        await(
            sc(sc),
            "Ready=False for " + reason,
            s ->
                s != null
                    && condition(s, "Ready")
                        .filter(c -> "False".equals(c.getStatus()) && reason.equals(c.getReason()))
                        .isPresent(),
            timeout);
    Condition ready = condition(found, "Ready").orElseThrow();
    step("%s is not ready: %s: %s", sc, ready.getReason(), Steps.shortened(ready.getMessage()));
    return ready;
  }

  /** Waits until there are this many StoppableContainers and all match. */
  public void awaitAll(int count, Predicate<StoppableContainer> wanted) {
    CompletableFuture<List<StoppableContainer>> found =
        client()
            .resources(StoppableContainer.class)
            .inNamespace(name)
            .informOnCondition(all -> all.stream().filter(wanted).count() == count);
    try {
      found.get(Timeouts.MANY.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new AssertionError(
          "not all %d are as wanted within %s".formatted(count, Timeouts.MANY), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      found.cancel(true);
    }
  }

  public Pod awaitPodReady(String pod) {
    return await(
        pod(pod), "ready", p -> p != null && Readiness.getInstance().isReady(p), Timeouts.POD);
  }

  /** Waits for a ready pod with this name and another UID. */
  public Pod awaitOtherPodReady(String pod, String uid) {
    return await(
        pod(pod),
        "another one, ready",
        p ->
            p != null
                && !p.getMetadata().getUid().equals(uid)
                && Readiness.getInstance().isReady(p),
        Timeouts.POD);
  }

  /** Deletes a pod by force, as an admin does when its node does not answer. */
  public void forceDelete(String pod) {
    step("delete pod %s by force", pod);
    pod(pod).withGracePeriod(0).delete();
  }

  /** Events of a StoppableContainer, as kubectl shows them. */
  public List<Event> events(String sc) {
    String uid = sc(sc).get().getMetadata().getUid();
    return client().v1().events().inNamespace(name).list().getItems().stream()
        .filter(event -> uid.equals(event.getInvolvedObject().getUid()))
        .toList();
  }

  /** Waits for an event of a StoppableContainer. */
  public Event awaitEvent(String sc, String what, Predicate<Event> predicate) {
    String uid = sc(sc).get().getMetadata().getUid();
    CompletableFuture<List<Event>> found =
        client()
            .v1()
            .events()
            .inNamespace(name)
            .informOnCondition(events -> matching(events, uid, predicate).isPresent());
    try {
      List<Event> events = found.get(Timeouts.EVENT.toMillis(), TimeUnit.MILLISECONDS);
      Event event = matching(events, uid, predicate).orElseThrow();
      step("event on %s: %s %s", sc, event.getType(), event.getReason());
      return event;
    } catch (TimeoutException e) {
      throw new AssertionError(
          "no event '%s' on %s within %s; there are:%n%s"
              .formatted(what, sc, Timeouts.EVENT, kubectl("get", "events").out()),
          e);
    } catch (ExecutionException e) {
      throw new AssertionError("cannot watch events: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      found.cancel(true);
    }
  }

  private static Optional<Event> matching(
      List<Event> events, String uid, Predicate<Event> predicate) {
    return events.stream()
        .filter(event -> uid.equals(event.getInvolvedObject().getUid()))
        .filter(predicate)
        .findFirst();
  }

  /** Waits until a resource is gone. */
  public static <T extends HasMetadata> void awaitGone(Resource<T> resource, Duration timeout) {
    await(resource, "gone", Objects::isNull, timeout);
  }

  /** Waits until a resource matches; a failure shows its last state. */
  public static <T extends HasMetadata> T await(
      Resource<T> resource, String what, Predicate<T> wanted, Duration timeout) {
    try {
      return resource.waitUntilCondition(wanted, timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (KubernetesClientException e) {
      T last = resource.get();
      // A watch of this program that died would look like a fault of the operator.
      String late = wanted.test(last) ? " (it is now, and the watch has not reported it)" : "";
      throw new AssertionError(
          "not '%s' within %s%s; it is:%n%s".formatted(what, timeout, late, describe(last)), e);
    }
  }

  /** First its status in one line: of a CI run only the first lines are left. */
  private static String describe(@Nullable HasMetadata resource) {
    if (resource == null) {
      return "not there";
    }
    resource.getMetadata().setManagedFields(List.of());
    String json = Serialization.asJson(resource);
    int status = json.indexOf("\"status\":{");
    return (status < 0 ? "no status" : json.substring(status))
        + "\n"
        + Serialization.asYaml(resource);
  }
}
