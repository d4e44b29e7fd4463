package top.xtlsoft.stoppablecontainer.agent.activity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.FakeCaches;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.RecordingSyscalls;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentEvents;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.request.PodFolders;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.IdleOrder;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;

/** Which containers are looked at, and what is said of them. One process stands for a container. */
@EnableKubernetesMockClient
@Timeout(60)
class ActivityWatchIT {

  private static final String POD = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
  private static final String UID = "uid-1";
  private static final String KEY = "ns/box";
  private static final String FIRST = "c".repeat(64);
  private static final String SECOND = "d".repeat(64);
  private static final String EVENTS = "/apis/events.k8s.io/v1/namespaces/ns/events";

  private final RecordingSyscalls recording = new RecordingSyscalls(new JnrSyscalls());
  private final LinuxSyscalls linux = recording.linux();
  private final FakeCaches caches = new FakeCaches();
  private KubernetesClient client;
  private KubernetesMockServer server;
  private Scratch scratch;
  private Process program;
  private ActivityWatch watch;
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");

  @BeforeEach
  void startContainer() throws IOException {
    scratch = new Scratch();
    program = new ProcessBuilder("sleep", "1000").start();
    recording.inCgroupAre(program.pid());
    AgentSettings settings =
        AgentSettings.from(
            Map.of("NODE_NAME", "node1", "SC_KUBELET_ROOT", scratch.path().toString()));
    watch =
        new ActivityWatch(
            new ContainerLook(linux, new PodFolders(linux, settings)),
            new AgentInstances(caches.informers(), client),
            caches.pods(client, settings),
            new AgentEvents(client, "node1", Clock.systemUTC()),
            () -> now);
    caches.put(instance(new IdleOrder("40m", null, null)));
    run(FIRST);
  }

  @AfterEach
  void stopContainer() throws IOException {
    program.destroyForcibly().onExit().join();
    scratch.close();
  }

  private static StoppableContainerInstance instance(@Nullable IdleOrder order) {
    StoppableContainerInstance instance = new StoppableContainerInstance();
    instance.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("ns")
            .withName("box")
            .withUid(UID)
            .addNewOwnerReference()
            .withApiVersion("stoppablecontainer.xtlsoft.top/v1alpha1")
            .withKind("StoppableContainer")
            .withName("box")
            .withUid("sc-uid")
            .endOwnerReference()
            .build());
    instance.setSpec(
        new StoppableContainerInstanceSpec("node1", "/x", "image:1", true, null, null, order));
    return instance;
  }

  /** The consumer pod, whose container has that id. */
  private Pod run(String container) throws IOException {
    recording.cgroup(
        Files.writeString(
            scratch.path().resolve("cgroup"),
            "0::/kubepods/besteffort/pod" + POD + "/" + container + "\n"));
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withNamespace("ns")
            .withName("box")
            .withUid(POD)
            .addNewOwnerReference()
            .withApiVersion("stoppablecontainer.xtlsoft.top/v1alpha1")
            .withKind("StoppableContainerInstance")
            .withName("box")
            .withUid(UID)
            .withController(true)
            .endOwnerReference()
            .endMetadata()
            .withNewSpec()
            .addNewContainer()
            .withName("main")
            .withCommand("/.sc-bin/sc-exec", "--request=attach")
            .addNewVolumeMount()
            .withName(ApiNames.VOLUME_REQUEST)
            .endVolumeMount()
            .endContainer()
            .endSpec()
            .withNewStatus()
            .addNewContainerStatus()
            .withName("main")
            .withContainerID("containerd://" + container)
            .withNewState()
            .withNewRunning()
            .endRunning()
            .endState()
            .endContainerStatus()
            .endStatus()
            .build();
    caches.put(pod);
    return pod;
  }

  private List<String> lookAfter(Duration time) {
    now = now.plus(time);
    return watch.look();
  }

  private Optional<AgentReport.Activity> said() {
    return watch.of(Instance.of(instance(null)));
  }

  private static Optional<AgentReport.Activity> idle(Instant since) {
    return Optional.of(new AgentReport.Activity(null, since.toString(), null));
  }

  @Test
  void eachRunOfAContainerHasItsOwnTime() throws IOException {
    assertEquals(List.of(KEY), watch.look());
    assertEquals(idle(now), said());
    assertEquals(List.of(), lookAfter(Duration.ofMinutes(10)));

    Pod second = run(SECOND);
    assertEquals(List.of(KEY), lookAfter(Duration.ofSeconds(2)));
    assertEquals(idle(now), said());

    caches.remove(second);
    assertEquals(List.of(KEY), lookAfter(Duration.ofSeconds(2)));
    assertEquals(Optional.empty(), said());
    assertEquals(List.of(), lookAfter(Duration.ofSeconds(2)));
  }

  @Test
  void looksAgainOnlyWhenItsTimeHasCome() {
    watch.look();
    recording.failAt(-1);
    lookAfter(Duration.ofSeconds(2));
    assertEquals(List.of(), recording.calls());
    lookAfter(Duration.ofSeconds(LookInterval.LONGEST_SECONDS));
    assertTrue(recording.calls().size() > 1);
  }

  @Test
  void looksAtNoContainerWithoutAnOrder() {
    watch.look();
    caches.put(instance(null));
    assertEquals(List.of(KEY), lookAfter(Duration.ofHours(1)));
    assertEquals(Optional.empty(), said());
  }

  @Test
  void theAnnotationOfItsUserIsUse() {
    caches.put(instance(new IdleOrder("40m", null, "2026-01-01T01:00:00Z")));
    watch.look();
    assertEquals("kept awake until 2026-01-01T01:00:00Z", said().orElseThrow().busy());
    lookAfter(Duration.ofHours(1));
    assertEquals(List.of(KEY), lookAfter(Duration.ofMinutes(10)));
    assertEquals(idle(Instant.parse("2026-01-01T01:00:00Z")), said());
  }

  @Test
  void saysOnceThatItIgnoresALease() throws IOException {
    server
        .expect()
        .post()
        .withPath(EVENTS)
        .andReturn(201, new EventBuilder().withNewMetadata().endMetadata().build())
        .always();
    Path folder =
        Files.createDirectories(
            scratch
                .path()
                .resolve("pods/" + POD + "/volumes/kubernetes.io~empty-dir")
                .resolve(ApiNames.VOLUME_REQUEST));
    for (String text : List.of("soon", "later", "x".repeat(1000))) {
      Files.writeString(folder.resolve("busy-until"), text);
      lookAfter(Duration.ofMinutes(10));
      assertEquals(Optional.empty(), said().map(AgentReport.Activity::busy));
    }
    assertEquals(1, server.getRequestCount());
  }
}
