package top.xtlsoft.stoppablecontainer.agent.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.FakeCaches;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.OrphanSettings;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemMounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemRemover;
import top.xtlsoft.stoppablecontainer.agent.filesystem.LayerCollector;
import top.xtlsoft.stoppablecontainer.agent.filesystem.OrphanFolders;
import top.xtlsoft.stoppablecontainer.agent.filesystem.SnapshotFolders;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentEvents;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentSnapshots;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;

/** What the API server does not know is kept, reported, and removed on an administrator's word. */
@EnableKubernetesMockClient
@Timeout(60)
class OrphanKeeperTest {

  private static final Instant NOW = Instant.parse("2026-05-01T10:00:00Z");
  private static final String INSTANCE =
      "/apis/stoppablecontainer.xtlsoft.top/v1alpha1/namespaces/ns"
          + "/stoppablecontainerinstances/box";
  private static final String REPORTS = "/api/v1/namespaces/system/configmaps";
  private static final String REPORT = REPORTS + "/stoppablecontainer-orphans-node1";
  private static final String NODE_EVENTS = "/apis/events.k8s.io/v1/namespaces/default/events";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final FakeCaches caches = new FakeCaches();

  private KubernetesClient client;
  private KubernetesMockServer server;
  private Fd root;
  private OrphanFolders orphans;
  @TempDir private Path prefix;

  @BeforeEach
  void makeFolder() throws IOException {
    Files.writeString(
        Files.createDirectories(prefix.resolve("ns/box/upper")).resolve("thesis"), "kept");
    Files.writeString(
        prefix.resolve("ns/box/instance.json"),
        "{\"version\":1,\"uid\":\"uid-1\",\"layers\":\"l\",\"image\":\"image:1\"}");
    root = linux.openat(Fd.CWD, "/", Linux.O_PATH | Linux.O_DIRECTORY, 0);
    server
        .expect()
        .post()
        .withPath(NODE_EVENTS)
        .andReturn(201, new EventBuilder().build())
        .always();
    server.expect().post().withPath(REPORTS).andReturn(201, new ConfigMap()).always();
  }

  @AfterEach
  void close() {
    root.close();
  }

  private OrphanKeeper keeper(Instant now, Optional<Duration> purgeAfter) {
    Clock clock = Clock.fixed(now, ZoneOffset.UTC);
    Node node = new Node(root, root, root, linux.stat(root), "boot");
    AgentSettings settings =
        AgentSettings.from(
            Map.of("NODE_NAME", "node1", "SC_ALLOWED_HOST_PATH_PREFIXES", prefix.toString()));
    FileSystemStore store = new HostFolderStore(linux, node, settings.storage());
    orphans = new OrphanFolders(linux, store, new FileSystemRemover(linux, node, store), clock);
    return new OrphanKeeper(
        settings,
        new OrphanSettings("system", purgeAfter),
        new AgentInstances(caches.informers(), client),
        store,
        orphans,
        lost(node, store),
        new AgentEvents(client, "node1", clock),
        client,
        clock);
  }

  private LostSnapshots lost(Node node, FileSystemStore store) {
    FileSystemRemover remover = new FileSystemRemover(linux, node, store);
    return new LostSnapshots(
        new AgentSnapshots(caches.informers()),
        store,
        new SnapshotFolders(
            linux,
            node,
            store,
            remover,
            new FileSystemMounter(linux, node, store, remover, new Occupants(linux)),
            new LayerCollector(store, remover)));
  }

  private Path snapshot(String name, String uid) throws IOException {
    Path folder = Files.createDirectories(prefix.resolve(".snapshots/ns/" + name + "_" + uid));
    Files.writeString(
        folder.resolve("instance.json"),
        "{\"version\":2,\"uid\":\"%s\",\"layers\":\"l\",\"image\":\"image:1\",\"stack\":[\"%s\"]}"
            .formatted(uid, uid));
    Files.createDirectories(prefix.resolve(".layers/ns/" + uid + "/upper"));
    return folder;
  }

  private void knowsSnapshot(String uid) {
    StoppableContainerSnapshot known = new StoppableContainerSnapshot();
    known.setMetadata(
        new ObjectMetaBuilder().withNamespace("ns").withName("known").withUid(uid).build());
    caches.put(known);
  }

  @Test
  void reportsASnapshotThatTheApiServerDoesNotKnowAndKeepsIt() throws Exception {
    caches.put(instanceOnPrefix("uid-1"));
    Path lost = snapshot("before", "s-1");
    Path known = snapshot("known", "s-2");
    knowsSnapshot("s-2");
    OrphanKeeper keeper = keeper(NOW.plus(Duration.ofDays(9999)), Optional.of(Duration.ofDays(1)));
    keeper.setAside();
    keeper.purge();
    keeper.report();
    JsonNode data =
        requests("POST").stream()
            .filter(request -> request.getPath().equals(REPORTS))
            .map(OrphanKeeperTest::body)
            .findFirst()
            .orElseThrow()
            .get("data");
    assertEquals(1, data.size(), data.toString());
    JsonNode line = JSON.readTree(data.get("s-1").asText());
    assertEquals("StoppableContainerSnapshot", line.path("kind").asText());
    assertEquals("before", line.path("name").asText());
    assertTrue(Files.exists(lost) && Files.exists(known));
    assertTrue(Files.exists(prefix.resolve(".layers/ns/s-1/upper")));
  }

  @Test
  void removesASnapshotThatAnAdministratorNames() throws IOException {
    caches.put(instanceOnPrefix("uid-1"));
    Path named = snapshot("before", "s-1");
    Path other = snapshot("other", "s-2");
    Path known = snapshot("known", "s-3");
    knowsSnapshot("s-3");
    reports(
        new ConfigMapBuilder()
            .withNewMetadata()
            .addToAnnotations("stoppablecontainer.xtlsoft.top/purge", "s-1, s-3")
            .endMetadata()
            .build());
    OrphanKeeper keeper = keeper();
    keeper.setAside();
    keeper.purge();
    assertFalse(Files.exists(named));
    assertFalse(Files.exists(prefix.resolve(".layers/ns/s-1")));
    assertTrue(Files.exists(other) && Files.exists(known));
    assertTrue(Files.exists(prefix.resolve(".layers/ns/s-2/upper")));
  }

  private OrphanKeeper keeper() {
    return keeper(NOW, Optional.empty());
  }

  private static StoppableContainerInstance instance(String uid) {
    StoppableContainerInstance instance = new StoppableContainerInstance();
    instance.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("ns")
            .withName("box")
            .withUid(uid)
            .addNewOwnerReference()
            .withApiVersion("stoppablecontainer.xtlsoft.top/v1alpha1")
            .withKind("StoppableContainer")
            .withName("box")
            .withUid("owner")
            .endOwnerReference()
            .build());
    return instance;
  }

  private void knows(StoppableContainerInstance instance) {
    server.expect().get().withPath(INSTANCE).andReturn(200, instance).always();
  }

  private void reports(ConfigMap report) {
    server.expect().get().withPath(REPORT).andReturn(200, report).always();
  }

  private Path aside() {
    return prefix.resolve(".orphans/ns/box_uid-1");
  }

  private boolean isInPlace() {
    return Files.exists(prefix.resolve("ns/box/upper/thesis"));
  }

  private List<RecordedRequest> requests(String method) throws InterruptedException {
    List<RecordedRequest> found = new ArrayList<>();
    RecordedRequest next = server.takeRequest(1, TimeUnit.MILLISECONDS);
    while (next != null) {
      if (next.getMethod().equals(method)) {
        found.add(next);
      }
      next = server.takeRequest(1, TimeUnit.MILLISECONDS);
    }
    return found;
  }

  @Test
  void keepsTheFilesOfAnInstanceThatTheApiServerDoesNotKnow() throws IOException {
    OrphanKeeper keeper = keeper();
    keeper.setAside();
    assertEquals("kept", Files.readString(aside().resolve("upper/thesis")));
    assertFalse(Files.exists(prefix.resolve("ns")));
    assertEquals("box", keeper.known().getFirst().setAside().name());
    assertEquals(NOW, keeper.known().getFirst().since());
  }

  @Test
  void keepsTheFilesOfAnInstanceOfAnotherUid() {
    knows(instance("uid-2"));
    keeper().setAside();
    assertTrue(Files.exists(aside()));
  }

  @Test
  void leavesAKnownInstanceWhereItIs() {
    // The cache may lag behind.
    knows(instance("uid-1"));
    keeper().setAside();
    assertTrue(isInPlace());
  }

  @Test
  void sendsNoRequestForAnInstanceInTheCache() throws InterruptedException {
    caches.put(instance("uid-1"));
    keeper().setAside();
    assertTrue(isInPlace());
    assertEquals(0, server.getRequestCount());
  }

  @Test
  void movesNothingWhileTheApiServerDoesNotAnswer() {
    server.expect().get().withPath(INSTANCE).andReturn(403, "").always();
    assertThrows(KubernetesClientException.class, () -> keeper().setAside());
    assertTrue(isInPlace());
  }

  @Test
  void leavesFoldersAloneThatNoAgentMade() throws IOException {
    Files.delete(prefix.resolve("ns/box/instance.json"));
    keeper().setAside();
    assertTrue(isInPlace());
    Files.writeString(prefix.resolve("ns/box/instance.json"), "not JSON");
    keeper().setAside();
    assertTrue(isInPlace());
  }

  @Test
  void reportsWhatIsSetAside() throws Exception {
    OrphanKeeper keeper = keeper();
    keeper.setAside();
    keeper.purge();
    keeper.report();
    JsonNode data =
        requests("POST").stream()
            .filter(request -> request.getPath().equals(REPORTS))
            .map(OrphanKeeperTest::body)
            .findFirst()
            .orElseThrow()
            .get("data");
    JsonNode line = JSON.readTree(data.get("uid-1").asText());
    assertEquals("ns", line.get("namespace").asText());
    assertEquals("box", line.get("name").asText());
    assertEquals(NOW.toString(), line.get("since").asText());
    assertEquals(aside().toString(), line.get("folder").asText());
    assertTrue(line.get("bytes").asLong() > 0);

    keeper.report();
    assertEquals(List.of(), requests("POST"), "nothing new");
  }

  @Test
  void removesFromTheReportWhatIsNoLongerSetAside() throws Exception {
    server.expect().patch().withPath(REPORT).andReturn(200, new ConfigMap()).always();
    reports(
        new ConfigMapBuilder().withNewMetadata().endMetadata().addToData("uid-0", "{}").build());
    OrphanKeeper keeper = keeper();
    keeper.setAside();
    keeper.purge();
    keeper.report();
    JsonNode patch = body(requests("PATCH").getFirst()).get(0);
    assertEquals("/data", patch.get("path").asText());
    assertEquals(1, patch.get("value").size());
    assertTrue(patch.get("value").has("uid-1"), patch.toString());
  }

  private static JsonNode body(RecordedRequest request) {
    try {
      return JSON.readTree(request.getBody().readUtf8());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void recordsAnEventOfTheNodeForWhatIsSetAside() throws Exception {
    OrphanKeeper keeper = keeper();
    keeper.setAside();
    keeper.report();
    List<RecordedRequest> events =
        requests("POST").stream().filter(r -> r.getPath().equals(NODE_EVENTS)).toList();
    JsonNode event = body(events.getFirst());
    assertEquals(1, events.size());
    assertEquals("FileSystemSetAside", event.get("reason").asText());
    assertEquals("Node", event.get("regarding").get("kind").asText());
    assertTrue(event.get("note").asText().contains("ns/box, UID uid-1"), event.toString());
    keeper.report();
    assertEquals(List.of(), requests("POST"), "at most once in an hour");
  }

  /** It may be created after the node's event, which comes once in an hour. */
  @Test
  void recordsAnEventOfALaterStoppableContainerOfTheName() throws Exception {
    String ownerEvents = "/apis/events.k8s.io/v1/namespaces/ns/events";
    server
        .expect()
        .post()
        .withPath(ownerEvents)
        .andReturn(201, new EventBuilder().build())
        .always();
    OrphanKeeper keeper = keeper();
    keeper.setAside();
    keeper.report();
    assertFalse(keeper.concerns("ns/other"));
    requests("POST");

    caches.put(instanceOnPrefix("uid-2"));
    assertTrue(keeper.concerns("ns/box"));
    keeper.report();
    keeper.report();
    List<RecordedRequest> events = requests("POST");
    assertEquals(1, events.size(), "once in an hour");
    assertEquals(ownerEvents, events.getFirst().getPath());
    assertTrue(body(events.getFirst()).get("note").asText().contains("uid-1"));
  }

  @Test
  void reportsNothingWhereNothingIsSetAside() throws Exception {
    caches.put(instanceOnPrefix("uid-1"));
    OrphanKeeper keeper = keeper();
    keeper.setAside();
    keeper.purge();
    keeper.report();
    assertEquals(List.of(), requests("POST"));
  }

  private StoppableContainerInstance instanceOnPrefix(String uid) {
    StoppableContainerInstance instance = instance(uid);
    instance.setSpec(
        new StoppableContainerInstanceSpec("node1", prefix.toString(), "image:1", false));
    return instance;
  }

  @Test
  void purgesWhatAnAdministratorNames() {
    reports(
        new ConfigMapBuilder()
            .withNewMetadata()
            .addToAnnotations("stoppablecontainer.xtlsoft.top/purge", "uid-7, uid-1")
            .endMetadata()
            .build());
    OrphanKeeper keeper = keeper();
    keeper.setAside();
    keeper.purge();
    assertFalse(Files.exists(prefix.resolve(".orphans/ns")));
    assertEquals(List.of(), keeper.known());
  }

  @Test
  void purgesNothingByItself() {
    keeper().setAside();
    OrphanKeeper years = keeper(NOW.plus(Duration.ofDays(3650)), Optional.empty());
    years.setAside();
    years.purge();
    assertTrue(Files.exists(aside()));
  }

  @Test
  void purgesAfterTheTimeThatIsSet() {
    keeper().setAside();
    Optional<Duration> month = Optional.of(Duration.ofDays(30));
    OrphanKeeper early = keeper(NOW.plus(Duration.ofDays(30)), month);
    early.setAside();
    early.purge();
    assertTrue(Files.exists(aside()));
    OrphanKeeper late = keeper(NOW.plus(Duration.ofDays(31)), month);
    late.setAside();
    late.purge();
    assertFalse(Files.exists(aside()));
  }

  @Test
  void readsTheTimeFromItsEnvironment() {
    assertEquals(Optional.empty(), OrphanSettings.from(Map.of()).purgeAfter());
    assertEquals(
        Optional.of(Duration.ofDays(30)),
        OrphanSettings.from(Map.of("SC_ORPHAN_PURGE_AFTER", "P30D")).purgeAfter());
    for (String wrong : List.of("30d", "PT0S", "-P1D")) {
      assertThrows(
          IllegalArgumentException.class,
          () -> OrphanSettings.from(Map.of("SC_ORPHAN_PURGE_AFTER", wrong)),
          wrong);
    }
  }
}
