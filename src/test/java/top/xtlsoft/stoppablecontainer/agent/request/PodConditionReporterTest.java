package top.xtlsoft.stoppablecontainer.agent.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.FakeCaches;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.Rate;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.AttachedContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;

/** The condition of a pod that its readiness depends on. */
@EnableKubernetesMockClient
class PodConditionReporterTest {

  private static final String KEY = "ns/box";
  private static final String STATUS = "/api/v1/namespaces/ns/pods/box/status";
  private static final Instant NOW = Instant.parse("2030-01-02T03:04:05Z");
  private static final String BOOT = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
  private static final String EARLIER_BOOT = "ffffffff-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
  private static final String FIRST = "1".repeat(64);
  private static final String SECOND = "2".repeat(64);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final FakeCaches caches = new FakeCaches();
  private Instant now = NOW;
  private final HeldRequests held = new HeldRequests();
  private final RequestWaits waits = new RequestWaits(() -> now);

  private KubernetesClient client;
  private KubernetesMockServer server;
  private final TakenRequests taken = new TakenRequests();
  private RequestOpener requests;
  private ReadyFileWriter answers;
  private PodConditionReporter reporter;
  private Path requestFile;
  private int asked;
  private Pod pod =
      new PodBuilder()
          .withNewMetadata()
          .withName("box")
          .withNamespace("ns")
          .withUid("uid-1")
          .withLabels(Map.of(ApiNames.LABEL_ROLE, ApiNames.ROLE_CONSUMER))
          .endMetadata()
          .withNewSpec()
          .addNewContainer()
          .withName("proxy")
          .endContainer()
          .addNewContainer()
          .withName("main")
          .addNewVolumeMount()
          .withName(ApiNames.VOLUME_REQUEST)
          .withMountPath(ApiNames.MOUNT_REQUEST)
          .endVolumeMount()
          .endContainer()
          .endSpec()
          .build();
  @TempDir private Path kubelet;

  @BeforeEach
  void startPod() throws IOException {
    server.expect().patch().withPath(STATUS).andReturn(200, pod).always();
    AgentSettings settings =
        AgentSettings.from(Map.of("NODE_NAME", "node1", "SC_KUBELET_ROOT", kubelet.toString()));
    PodFolders folders = new PodFolders(linux, settings);
    requestFile = Files.createDirectories(folders.requestFolder(pod)).resolve("request.json");
    Files.createDirectories(requestFile.getParent().resolveSibling(ApiNames.VOLUME_READY));
    AgentPods pods = caches.pods(client, settings);
    requests = new RequestOpener(linux, pods, folders, Rate.ofRequests(() -> NOW), taken);
    answers = new ReadyFileWriter(linux, folders);
    reporter =
        new PodConditionReporter(client, BOOT, pods, requests, answers, waits, held, () -> NOW);
    caches.put(pod);
  }

  /** A container of the pod asks, with a request file of its own. */
  private void ask() throws IOException {
    Path fresh = requestFile.resolveSibling("fresh" + asked++);
    Files.writeString(fresh, "{}");
    Files.move(fresh, requestFile, StandardCopyOption.REPLACE_EXISTING);
  }

  private void answer() {
    answer(new AnsweredContainer(BOOT, null, null));
  }

  private void answer(AnsweredContainer container) {
    answers.write(pod, ReadyFile.mounted(requests.currentId(pod).orElseThrow(), container));
  }

  /** What kubelet says of the pod's containers now. */
  private void kubeletSays(ContainerStatus main) {
    ContainerStatus proxy =
        status("proxy", FIRST).withNewState().withNewRunning().endRunning().endState().build();
    pod =
        new PodBuilder(pod)
            .editOrNewStatus()
            .withContainerStatuses(proxy, main)
            .endStatus()
            .build();
    caches.put(pod);
  }

  private static ContainerStatusBuilder status(String name, String id) {
    return new ContainerStatusBuilder().withName(name).withContainerID("containerd://" + id);
  }

  private static ContainerStatus runs(String id) {
    return status("main", id).withNewState().withNewRunning().endRunning().endState().build();
  }

  private static ContainerStatus hasEnded(String id) {
    return status("main", id)
        .withNewState()
        .withNewTerminated()
        .withContainerID("containerd://" + id)
        .endTerminated()
        .endState()
        .build();
  }

  private void assertTakesReadinessBack() throws Exception {
    JsonNode condition = written();
    assertEquals("False", condition.path("status").asText());
    assertEquals(AgentReason.ATTACHING.wire(), condition.path("reason").asText());
  }

  private void holdUp(String why) {
    Requester self = Requester.hold(linux, (int) ProcessHandle.current().pid()).orElseThrow();
    try (PodRequest request =
        new PodRequest(pod, RequestType.ATTACH, requests.currentId(pod).orElseThrow(), self)) {
      waits.note(request, NotYetException.untilEvent(why));
    }
  }

  /** The condition that one call writes, into the cache as well. */
  private JsonNode written() throws Exception {
    reporter.report(KEY);
    RecordedRequest request = server.takeRequest(5, TimeUnit.SECONDS);
    assertEquals("PATCH " + STATUS, request.getMethod() + " " + request.getPath());
    JsonNode condition =
        JSON.readTree(request.getBody().readUtf8()).path("status").path("conditions").path(0);
    pod =
        new PodBuilder(pod)
            .editOrNewStatus()
            .withConditions(JSON.treeToValue(condition, PodCondition.class))
            .endStatus()
            .build();
    caches.put(pod);
    return condition;
  }

  private void assertWritesNothing() {
    int before = server.getRequestCount();
    reporter.report(KEY);
    assertEquals(before, server.getRequestCount());
  }

  /** A provider pod is to stay ready, so that Services lead to it. */
  @Test
  void keepsReadinessWhileAConnectionWaitsForTheContainer() throws Exception {
    ask();
    answer();
    assertEquals("True", written().path("status").asText());
    ask();
    String wake = requests.currentId(pod).orElseThrow();
    taken.follow("uid-1", KEY);
    taken.note(
        TakenRequests.nameOf("uid-1", wake), new RequestFile(1, RequestType.WAKE, 8080, null));
    holdUp("the container is stopped");
    assertWritesNothing();

    AnsweredContainer asker = new AnsweredContainer(BOOT, null, null);
    answers.write(pod, ReadyFile.running(wake, asker, "10.0.0.7"));
    assertWritesNothing();
    answers.write(pod, ReadyFile.notStarted(wake, asker, "no such image"));
    assertWritesNothing();
  }

  @Test
  void takesReadinessBackWhileAContainerThatWasStartedAgainWaits() throws Exception {
    ask();
    answer();
    assertEquals("True", written().path("status").asText());
    ask();
    holdUp("not mounted yet");
    JsonNode waiting = written();
    assertEquals("False", waiting.path("status").asText());
    assertEquals(AgentReason.ATTACHING.wire(), waiting.path("reason").asText());
    assertEquals("not mounted yet", waiting.path("message").asText());
    answer();
    JsonNode attached = written();
    assertEquals("True", attached.path("status").asText());
    // What is left out of a merge stays.
    assertTrue(attached.path("reason").isNull() && attached.path("message").isNull());
  }

  @Test
  void doesNotFlipWhenTheNewRequestIsAnsweredAtOnce() throws Exception {
    ask();
    answer();
    written();
    ask();
    // An event of the pod in the moment between request and answer.
    assertWritesNothing();
    answer();
    assertWritesNothing();
  }

  @Test
  void writesAConditionOnceWhileItsEventIsOnTheWay() throws Exception {
    Pod answer = new PodBuilder(pod).editMetadata().withResourceVersion("8").endMetadata().build();
    server.clearExpectations();
    server.expect().patch().withPath(STATUS).andReturn(200, answer).always();
    pod = new PodBuilder(pod).editMetadata().withResourceVersion("7").endMetadata().build();
    caches.put(pod);
    ask();
    answer();
    reporter.report(KEY);
    assertEquals(1, server.getRequestCount());
    assertWritesNothing();
    // The event came, and another writer had taken the condition away.
    caches.put(answer);
    reporter.report(KEY);
    assertEquals(2, server.getRequestCount());
  }

  @Test
  void writesOnceForAWaitHoweverOftenItIsTried() throws Exception {
    ask();
    answer();
    written();
    ask();
    holdUp("not mounted yet");
    written();
    holdUp("not mounted yet");
    assertWritesNothing();
  }

  @Test
  void writesNothingOfAPodThatIsBeingDeleted() throws Exception {
    ask();
    answer();
    written();
    pod =
        new PodBuilder(pod)
            .editMetadata()
            .withDeletionTimestamp("2026-01-01T00:00:00Z")
            .endMetadata()
            .build();
    caches.put(pod);
    ask();
    holdUp("not mounted yet");
    assertWritesNothing();
  }

  @Test
  void forgetsThatAPodWaitedForItsStartOnceThePodIsGone() {
    String key = "ns/" + pod.getMetadata().getName();
    held.hold(key);
    caches.remove(pod);
    reporter.report(key);
    StoppableContainerInstance started = new StoppableContainerInstance();
    started.setSpec(new StoppableContainerInstanceSpec("node1", "/var/lib/sc", "image:1", true));
    assertFalse(held.isDue(key, started));
  }

  @Test
  void leavesAPodAloneThatWasNeverReady() throws Exception {
    ask();
    holdUp("not mounted yet");
    assertWritesNothing();
  }

  @Test
  void reportsTheWaitOfAFirstRequestOnceItTakesLong() throws Exception {
    ask();
    holdUp("processes of an earlier pod are still there");
    assertWritesNothing();
    now = NOW.plus(RequestWaits.LONG);
    holdUp("processes of an earlier pod are still there");
    JsonNode waiting = written();
    assertEquals("False", waiting.path("status").asText());
    assertEquals(AgentReason.ATTACHING.wire(), waiting.path("reason").asText());
    assertTrue(waiting.path("message").asText().contains("an earlier pod"));
  }

  @Test
  void namesTheContainerAndTheBootThatItIsTrueOf() throws Exception {
    ask();
    answer(new AnsweredContainer(BOOT, FIRST, null));
    assertEquals(
        Optional.of(new AttachedContainer(FIRST, BOOT)),
        AttachedContainer.of(written().path("message").asText()));
  }

  @Test
  void takesReadinessBackWhenTheContainerHasEnded() throws Exception {
    ask();
    answer(new AnsweredContainer(BOOT, FIRST, null));
    kubeletSays(runs(FIRST));
    assertEquals("True", written().path("status").asText());
    assertWritesNothing();
    kubeletSays(hasEnded(FIRST));
    assertTakesReadinessBack();
    // The next one has its file system before kubelet says that there is one.
    ask();
    answer(new AnsweredContainer(BOOT, SECOND, "containerd://" + FIRST));
    assertEquals("True", written().path("status").asText());
    kubeletSays(runs(SECOND));
    assertWritesNothing();
  }

  @Test
  void takesReadinessBackWhenAContainerRunsThatWasNotAnswered() throws Exception {
    ask();
    answer(new AnsweredContainer(BOOT, FIRST, null));
    kubeletSays(runs(FIRST));
    written();
    kubeletSays(runs(SECOND));
    assertTakesReadinessBack();
  }

  @Test
  void takesReadinessBackAfterABoot() throws Exception {
    ask();
    answer(new AnsweredContainer(EARLIER_BOOT, FIRST, null));
    kubeletSays(runs(FIRST));
    assertTakesReadinessBack();
  }

  @Test
  void takesReadinessBackThatABootBeforeHasLeft() throws Exception {
    ask();
    pod =
        new PodBuilder(pod)
            .editOrNewStatus()
            .addNewCondition()
            .withType(ApiNames.POD_CONDITION_ATTACHED)
            .withStatus("True")
            .withMessage(new AttachedContainer(FIRST, EARLIER_BOOT).message())
            .endCondition()
            .endStatus()
            .build();
    caches.put(pod);
    assertTakesReadinessBack();
  }
}
