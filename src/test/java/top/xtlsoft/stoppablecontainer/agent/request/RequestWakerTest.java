package top.xtlsoft.stoppablecontainer.agent.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.FakeCaches;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.InstancePhase;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;

/** Provider pods that hold connections for their container. */
@EnableKubernetesMockClient
class RequestWakerTest {

  private static final String KEY = "ns/box";

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final Requester self =
      Requester.hold(linux, (int) ProcessHandle.current().pid()).orElseThrow();
  private final HeldWakes held = new HeldWakes();
  private final FakeCaches caches = new FakeCaches();
  private KubernetesClient client;
  private RequestWaker waker;

  @BeforeEach
  void start() {
    waker =
        new RequestWaker(
            "boot",
            caches.pods(client, AgentSettings.from(Map.of("NODE_NAME", "node1"))),
            new AgentInstances(caches.informers(), client),
            held);
  }

  @AfterEach
  void letGo() {
    self.close();
  }

  private static Pod pod(String name, boolean listens, @Nullable String address) {
    return new PodBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace("ns")
        .withUid(name)
        .withAnnotations(listens ? Map.of(ApiNames.ANNOTATION_WAKE, "--port=80") : null)
        .withOwnerReferences(
            new OwnerReferenceBuilder()
                .withApiVersion(ApiNames.GROUP + "/v1alpha1")
                .withKind("StoppableContainerInstance")
                .withName("box")
                .withUid("uid")
                .withController(true)
                .build())
        .endMetadata()
        .withNewSpec()
        .endSpec()
        .withNewStatus()
        .withPodIP(address)
        .endStatus()
        .build();
  }

  private StoppableContainerInstance instance(
      boolean running, long generation, @Nullable InstancePhase phase) {
    StoppableContainerInstance instance = new StoppableContainerInstance();
    instance.setMetadata(
        new ObjectMetaBuilder()
            .withName("box")
            .withNamespace("ns")
            .withUid("uid")
            .withGeneration(generation)
            .build());
    instance.setSpec(
        new StoppableContainerInstanceSpec(
            "node1", ApiNames.DEFAULT_HOST_PATH_PREFIX, "image:1", running));
    instance.setStatus(
        new StoppableContainerInstanceStatus(
            phase, null, "no such image", null, null, null, null, null, null));
    caches.put(instance);
    return instance;
  }

  private PodRequest request(Pod pod) {
    return request(pod, "1.2.3", false);
  }

  private PodRequest request(Pod pod, String id, boolean again) {
    return new PodRequest(pod, RequestType.WAKE, id, self, 80, again);
  }

  private PodRequest request(String id, boolean again) {
    return request(pod("box-provider", true, "10.0.0.1"), id, again);
  }

  private PodRequest request() {
    return request(pod("box-provider", true, "10.0.0.1"));
  }

  private Optional<AgentReport.Wake> reported(StoppableContainerInstance instance) {
    return waker.of(Instance.of(instance));
  }

  @Test
  void reportsTheFirstConnectionOfEachStop() {
    StoppableContainerInstance stopped = instance(false, 2, null);
    assertEquals(Optional.empty(), reported(stopped));
    assertEquals(KEY, waker.note(request()));
    assertEquals(Optional.of(new AgentReport.Wake(2L, 80)), reported(stopped));
    assertEquals("", waker.note(request()), "another one is no news");

    instance(false, 4, null);
    assertEquals(KEY, waker.note(request()));
    assertEquals(Optional.of(new AgentReport.Wake(4L, 80)), reported(stopped));
  }

  private static Pod blocked() {
    return blocked("main");
  }

  private static Pod blocked(String container) {
    return new PodBuilder(pod("box", false, "10.0.0.9"))
        .editSpec()
        .addNewContainer()
        .withName("main")
        .addNewVolumeMount()
        .withName(ApiNames.VOLUME_REQUEST)
        .endVolumeMount()
        .endContainer()
        .endSpec()
        .editStatus()
        .addNewContainerStatus()
        .withName(container)
        .withNewState()
        .withNewWaiting()
        .withReason("ImagePullBackOff")
        .endWaiting()
        .endState()
        .endContainerStatus()
        .endStatus()
        .build();
  }

  @Test
  void aStopResetsWhatWaitedForTheStartBeforeIt() {
    StoppableContainerInstance stopped = instance(false, 2, null);
    waker.note(request());
    instance(true, 3, null);
    caches.put(blocked());
    waker.note(request());
    assertThrows(
        NotYetException.class, () -> waker.serve(request()), "its address would be of no use");

    instance(false, 4, null);
    assertEquals("", waker.note(request()));
    assertEquals(Optional.of(new AgentReport.Wake(2L, 80)), reported(stopped), "no new one");
    assertEquals("it was stopped", waker.serve(request()).file().message());

    assertEquals(KEY, waker.note(request("1.2.4", false)), "one that comes later");
    assertEquals(Optional.of(new AgentReport.Wake(4L, 80)), reported(stopped));
    assertThrows(NotYetException.class, () -> waker.serve(request("1.2.4", false)));
  }

  @Test
  void aSidecarThatIsBlockedKeepsNoConnection() {
    instance(true, 3, null);
    caches.put(blocked("sidecar"));
    assertEquals("10.0.0.9", waker.serve(request()).file().address());
  }

  @Test
  void aStopResetsWhatWaitedForAPodThatWasRefused() {
    instance(false, 2, null);
    waker.note(request());
    instance(true, 3, null);
    waker.note(request());
    instance(false, 4, null);
    assertEquals("", waker.note(request()));
    assertEquals("it was stopped", waker.serve(request()).file().message());
  }

  @Test
  void aConnectionThatComesDuringAStopStartsItAfterwards() {
    StoppableContainerInstance running = instance(true, 3, null);
    waker.note(request());
    caches.put(
        new PodBuilder(blocked())
            .editMetadata()
            .withDeletionTimestamp("2026-01-01T00:00:00Z")
            .endMetadata()
            .build());
    waker.note(request());
    instance(false, 4, null);
    assertEquals(KEY, waker.note(request()));
    assertEquals(Optional.of(new AgentReport.Wake(4L, 80)), reported(running));
  }

  @Test
  void aConnectionThatHadAnAddressStartsNothingAfterAStop() {
    StoppableContainerInstance stopped = instance(false, 4, null);
    assertEquals("", waker.note(request("1.2.4", true)));
    assertEquals(Optional.empty(), reported(stopped));
    assertEquals("it was stopped", waker.serve(request("1.2.4", true)).file().message());

    instance(true, 5, null);
    caches.put(pod("box", false, "10.0.0.7"));
    assertEquals("10.0.0.7", waker.serve(request("1.2.4", true)).file().address());
  }

  @Test
  void reportsNothingOfAContainerThatRuns() {
    StoppableContainerInstance running = instance(true, 2, null);
    assertEquals("", waker.note(request()));
    assertEquals(Optional.empty(), reported(running));
  }

  @Test
  void answersWithTheAddressOnceItRunsAndHasOne() {
    instance(false, 2, null);
    caches.put(pod("box", false, "10.0.0.9"));
    assertFalse(
        assertThrows(NotYetException.class, () -> waker.serve(request())).tryAgain(),
        "the event of the start ends it");

    instance(true, 3, null);
    caches.put(pod("box", false, null));
    assertThrows(NotYetException.class, () -> waker.serve(request()));

    caches.put(pod("box", false, "10.0.0.7"));
    ReadyFile answer = waker.serve(request()).file();
    assertEquals("10.0.0.7", answer.address());
    assertEquals("1.2.3", answer.request());
  }

  @Test
  void answersNoAddressOfAPodThatGoes() {
    instance(true, 3, null);
    caches.put(
        new PodBuilder(pod("box", false, "10.0.0.7"))
            .editMetadata()
            .withDeletionTimestamp("2026-01-01T00:00:00Z")
            .endMetadata()
            .build());
    assertThrows(NotYetException.class, () -> waker.serve(request()));
  }

  @Test
  void answersWhyItCannotBeStarted() {
    instance(true, 3, InstancePhase.FAILED);
    ReadyFile answer = waker.serve(request()).file();
    assertNull(answer.address());
    assertEquals("no such image", answer.message());
  }

  @Test
  void refusesOtherPods() {
    instance(false, 2, null);
    for (Pod other : new Pod[] {pod("box", true, null), pod("box-provider", false, null)}) {
      assertThrows(RefusedException.class, () -> waker.note(request(other)));
      assertThrows(RefusedException.class, () -> waker.serve(request(other)));
    }
  }

  @Test
  void anEventOfTheInstanceOrItsPodBringsTheRequestBackOnce() {
    StoppableContainerInstance stopped = instance(false, 2, null);
    assertEquals("", held.take(stopped), "no pod asks");
    waker.note(request());
    assertEquals("", held.take(pod("other", false, null)));
    assertEquals("ns/box-provider", held.take(stopped));
    assertEquals("", held.take(stopped), "the queue has it");

    waker.note(request());
    assertEquals("ns/box-provider", held.take(pod("box", false, "10.0.0.7")));
  }

  @Test
  void anAnsweredRequestIsNotBroughtBack() {
    StoppableContainerInstance running = instance(true, 3, null);
    waker.note(request());
    caches.put(pod("box", false, "10.0.0.7"));
    waker.serve(request());
    assertEquals("", held.take(running));
  }
}
