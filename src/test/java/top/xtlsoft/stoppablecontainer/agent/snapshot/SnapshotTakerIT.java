package top.xtlsoft.stoppablecontainer.agent.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.AgentFailures;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.FakeCaches;
import top.xtlsoft.stoppablecontainer.agent.FakeContainer;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemMounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemRemover;
import top.xtlsoft.stoppablecontainer.agent.filesystem.ImageLayers;
import top.xtlsoft.stoppablecontainer.agent.filesystem.LayerCollector;
import top.xtlsoft.stoppablecontainer.agent.filesystem.SnapshotFolders;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.instance.OccupantsChecker;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentSnapshots;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.SnapshotReport;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshot;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerSnapshotStatus;

/** From the operator's order to the agent's report, on the real kernel. */
@EnableKubernetesMockClient
@Timeout(60)
class SnapshotTakerIT {

  private static final String KEY = "ns/before";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final Node node = Node.open(linux);
  private final FakeCaches caches = new FakeCaches();
  private final AgentFailures failures = new AgentFailures();
  private final StoppableContainerInstance source = new StoppableContainerInstance();
  private final StoppableContainerSnapshot snapshot = new StoppableContainerSnapshot();
  private KubernetesClient client;
  private KubernetesMockServer server;
  private Scratch scratch;
  private FakeContainer container;
  private String prefix;
  private FileSystemStore store;
  private FileSystemRemover remover;
  private SnapshotTaker taker;
  private SnapshotReporter reporter;
  private SnapshotSizer sizer;
  private SnapshotReleaser releaser;

  @BeforeEach
  void mountTheSource() throws IOException {
    scratch = new Scratch();
    container = FakeContainer.start(scratch.path());
    prefix = scratch.path() + "/prefix";
    AgentSettings settings =
        AgentSettings.from(Map.of("NODE_NAME", "node1", "SC_ALLOWED_HOST_PATH_PREFIXES", prefix));
    store = new HostFolderStore(linux, node, settings.storage());
    remover = new FileSystemRemover(linux, node, store);
    Occupants occupants = new Occupants(linux);
    FileSystemMounter mounter = new FileSystemMounter(linux, node, store, remover, occupants);
    SnapshotFolders folders =
        new SnapshotFolders(
            linux, node, store, remover, mounter, new LayerCollector(store, remover));
    AgentInstances instances = new AgentInstances(caches.informers(), client);
    AgentSnapshots snapshots = new AgentSnapshots(caches.informers());
    taker =
        new SnapshotTaker(
            snapshots,
            instances,
            store,
            folders,
            new OccupantsChecker(instances, caches.pods(client, settings), mounter, occupants),
            failures);
    sizer = new SnapshotSizer(linux, snapshots, store, folders);
    reporter = new SnapshotReporter(client, snapshots, store, folders, sizer, failures);
    releaser = new SnapshotReleaser(client, snapshots, store, folders, failures);
    source.setMetadata(
        new ObjectMetaBuilder().withNamespace("ns").withName("one").withUid("uid-1").build());
    snapshot.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("ns")
            .withName("before")
            .withUid("s-1")
            .withFinalizers("stoppablecontainersnapshot.xtlsoft.top/finalizer")
            .build());
    snapshot.setSpec(
        new StoppableContainerSnapshotSpec(new StoppableContainerSnapshotSpec.Source("one")));
    setRunning(false);
    setReport(null);
    try (Requester requester = Requester.hold(linux, container.pid()).orElseThrow();
        Fd image = requester.root()) {
      ImageLayers layers = ImageLayers.of(requester.mounts().root().orElseThrow());
      mounter.mount(Instance.of(source), image, layers, Optional::empty);
    }
    Files.writeString(Path.of(prefix, "ns/one/rootfs/file"), "kept");
    server
        .expect()
        .patch()
        .withPath(
            "/apis/stoppablecontainer.xtlsoft.top/v1alpha1/namespaces/ns"
                + "/stoppablecontainersnapshots/before/status")
        .andReturn(200, snapshot)
        .always();
    server
        .expect()
        .patch()
        .withPath(
            "/apis/stoppablecontainer.xtlsoft.top/v1alpha1/namespaces/ns"
                + "/stoppablecontainersnapshots/before")
        .andReturn(200, snapshot)
        .always();
  }

  @AfterEach
  void removeAll() throws IOException {
    container.close();
    remover.remove(store.placeOf(Instance.of(source)));
    scratch.close();
  }

  private void setRunning(boolean running) {
    source.setSpec(new StoppableContainerInstanceSpec("node1", prefix, "image:1", running));
    caches.put(source);
  }

  private void setReport(@Nullable SnapshotReport report) {
    snapshot.setStatus(
        new StoppableContainerSnapshotStatus(
            null, null, null, null, "node1", "uid-1", null, prefix, "image:1", null, null, null,
            null, null, null, report));
    caches.put(snapshot);
  }

  private SnapshotReport reported() throws Exception {
    reporter.report(KEY);
    JsonNode patch = JSON.readTree(server.takeRequest(5, TimeUnit.SECONDS).getBody().readUtf8());
    SnapshotReport report =
        JSON.treeToValue(patch.path("status").path("agent"), SnapshotReport.class);
    setReport(report);
    return report;
  }

  private Path layer() {
    return Path.of(prefix, ".layers/ns/s-1/upper");
  }

  @Test
  void takesReportsAndCountsWhatIsOrdered() throws Exception {
    taker.take(KEY);
    taker.requireTaken(KEY);
    assertEquals("kept", Files.readString(layer().resolve("file")));
    SnapshotReport report = reported();
    assertNotNull(report.takenAt());
    assertEquals(1, report.layers());
    assertNull(report.bytes());
    assertTrue(sizer.measure(KEY));
    assertTrue(reported().bytes() > 0);
    assertFalse(sizer.measure(KEY), "counted once");
  }

  @Test
  void takesNothingOfASourceThatRuns() {
    setRunning(true);
    assertThrows(NotYetException.class, () -> taker.take(KEY));
    assertFalse(Files.exists(layer()));
    assertEquals(List.of(KEY), taker.keysOf(source));
    setRunning(false);
    taker.take(KEY);
    assertTrue(Files.exists(layer()));
  }

  @Test
  void takesNothingOfAnotherInstanceOfTheName() throws Exception {
    source.getMetadata().setUid("uid-2");
    caches.put(source);
    taker.take(KEY);
    assertThrows(NotYetException.class, () -> taker.requireTaken(KEY));
    assertEquals(AgentReason.SOURCE_GONE.wire(), reported().failure().reason());
    assertFalse(Files.exists(layer()));
    source.getMetadata().setUid("uid-1");
  }

  @Test
  void takesNothingBelowAFolderThatIsNotAllowed() {
    prefix = "/etc";
    setReport(null);
    taker.take(KEY);
    assertEquals(AgentReason.HOST_PATH_PREFIX_NOT_ALLOWED, failures.of(KEY).orElseThrow().reason());
    prefix = scratch.path() + "/prefix";
  }

  @Test
  void neverTakesALostSnapshotAnew() throws Exception {
    taker.take(KEY);
    SnapshotReport report = reported();
    Files.move(layer(), layer().resolveSibling("moved"));
    Files.writeString(Path.of(prefix, "ns/one/upper/file"), "later");
    taker.take(KEY);
    assertEquals(AgentReason.LAYER_MISSING, failures.of(KEY).orElseThrow().reason());
    SnapshotReport lost = reported();
    assertEquals(AgentReason.LAYER_MISSING.wire(), lost.failure().reason());
    assertEquals(report.takenAt(), lost.takenAt());
    assertTrue(Files.exists(Path.of(prefix, "ns/one/upper/file")));
    Files.move(layer().resolveSibling("moved"), layer());
    taker.take(KEY);
    assertNull(reported().failure());
  }

  @Test
  void removesADeletedSnapshotAndDropsItsFinalizerThen() throws Exception {
    taker.take(KEY);
    assertFalse(releaser.isWanted(KEY));
    remover.remove(store.placeOf(Instance.of(source)));
    snapshot.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");
    caches.put(snapshot);
    assertTrue(releaser.isWanted(KEY));
    taker.take(KEY);
    releaser.release(KEY);
    assertFalse(Files.exists(layer()));
    assertFalse(Files.exists(Path.of(prefix, ".snapshots/ns")));
    String patch = server.takeRequest(5, TimeUnit.SECONDS).getBody().readUtf8();
    assertTrue(patch.contains("/metadata/finalizers/0"), patch);
  }
}
