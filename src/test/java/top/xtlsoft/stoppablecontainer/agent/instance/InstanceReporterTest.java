package top.xtlsoft.stoppablecontainer.agent.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import top.xtlsoft.stoppablecontainer.agent.AgentFailures;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.FakeCaches;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemMounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemRemover;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentPods;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.process.Occupants;
import top.xtlsoft.stoppablecontainer.api.AgentReport;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceStatus;
import top.xtlsoft.stoppablecontainer.camel.informer.InformerEventType;

/** What the agent reports of an instance, and when it writes nothing. */
@EnableKubernetesMockClient
@Timeout(60)
class InstanceReporterTest {

  private static final String KEY = "ns/box";
  private static final String UID = "uid-1";
  private static final String STATUS =
      "/apis/stoppablecontainer.xtlsoft.top/v1alpha1/namespaces/ns"
          + "/stoppablecontainerinstances/box/status";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final FakeCaches caches = new FakeCaches();
  private final AgentFailures failures = new AgentFailures();

  private KubernetesClient client;
  private KubernetesMockServer server;
  private Fd root;
  private final AtomicLong now = new AtomicLong();
  private InstanceSizer sizer;
  private InstanceSyncer syncer;
  private InstanceReporter reporter;
  private AgentPods pods;
  private Optional<AgentReport.Activity> activity = Optional.empty();
  private Optional<AgentReport.Wake> connection = Optional.empty();
  private StoppableContainerInstance instance;
  private Path upper;
  @TempDir private Path prefix;

  @BeforeEach
  void startAgent() throws IOException {
    upper = Files.createDirectories(prefix.resolve("ns/box/upper"));
    root = linux.openat(Fd.CWD, "/", Linux.O_PATH | Linux.O_DIRECTORY, 0);
    Node node = new Node(root, root, root, linux.stat(root), "boot");
    AgentSettings settings =
        AgentSettings.from(
            Map.of("NODE_NAME", "node1", "SC_ALLOWED_HOST_PATH_PREFIXES", prefix.toString()));
    FileSystemStore store = new HostFolderStore(linux, node, settings.storage());
    FileSystemRemover remover = new FileSystemRemover(linux, node, store);
    AgentInstances instances = new AgentInstances(caches.informers(), client);
    sizer = new InstanceSizer(linux, instances, store, now::get);
    pods = caches.pods(client, settings);
    Occupants occupants = new Occupants(linux);
    FileSystemMounter mounter = new FileSystemMounter(linux, node, store, remover, occupants);
    syncer =
        new InstanceSyncer(
            instances,
            store,
            sizer,
            new OccupantsChecker(instances, pods, mounter, occupants),
            failures);
    reporter =
        new InstanceReporter(
            client,
            store,
            node,
            instances,
            pods,
            mounter,
            failures,
            syncer,
            sizer,
            _ -> activity,
            _ -> connection,
            now::get);
    instance = new StoppableContainerInstance();
    instance.setMetadata(
        new ObjectMetaBuilder().withNamespace("ns").withName("box").withUid(UID).build());
    server.expect().patch().withPath(STATUS).andReturn(200, instance).always();
  }

  @AfterEach
  void stopAgent() {
    root.close();
  }

  private void set(boolean running, long generation) {
    instance.getMetadata().setGeneration(generation);
    instance.setSpec(
        new StoppableContainerInstanceSpec("node1", prefix.toString(), "image:1", running));
    caches.put(instance);
  }

  /** The report that was written, as the cache has it then. */
  private AgentReport written() throws Exception {
    JsonNode agent =
        JSON.readTree(server.takeRequest(5, TimeUnit.SECONDS).getBody().readUtf8())
            .path("status")
            .path("agent");
    AgentReport report = JSON.treeToValue(agent, AgentReport.class);
    instance.setStatus(
        new StoppableContainerInstanceStatus(
            null, null, null, null, null, null, null, null, report));
    caches.put(instance);
    return report;
  }

  private void stop(long generation) {
    set(false, generation);
    syncer.sync(KEY);
    reporter.report(KEY);
  }

  @Test
  void oneReportHoldsAStopAndItsSize() throws Exception {
    Files.write(upper.resolve("file"), new byte[100_000]);
    stop(2);
    AgentReport report = written();
    assertEquals(2, report.syncedGeneration());
    assertEquals(2, report.size().inodes());
    assertTrue(report.size().bytes() >= 100_000, report.toString());
    reporter.report(KEY);
    assertEquals(1, server.getRequestCount());
  }

  @Test
  void aStartCostsNoReportForItsSize() throws Exception {
    stop(2);
    written();
    Files.createFile(upper.resolve("file"));
    set(true, 3);
    assertEquals(InstanceSizer.WHILE_RUNNING, sizer.measure(KEY).again());
    now.addAndGet(InstanceSizer.WHILE_RUNNING.toNanos());
    assertFalse(sizer.measure(KEY).news());
    assertEquals(2, sizer.usage(Instance.of(instance)).orElseThrow().inodes());
    syncer.sync(KEY);
    reporter.report(KEY);
    assertEquals(1, server.getRequestCount());

    stop(4);
    assertEquals(2, written().size().inodes());
  }

  @Test
  void aNewAgentKeepsWhatTheLastOneCounted() throws Exception {
    stop(2);
    assertEquals(1, written().size().inodes());
    sizer.forget(Instance.of(instance));
    reporter.report(KEY);
    assertEquals(1, server.getRequestCount());
  }

  private String patch() throws Exception {
    return server.takeRequest(5, TimeUnit.SECONDS).getBody().readUtf8();
  }

  @Test
  void reportsAConnectionToAStoppedContainerAndKeepsTheReport() throws Exception {
    set(false, 2);
    connection = Optional.of(new AgentReport.Wake(2L, 8080));
    reporter.report(KEY);
    AgentReport written = written();
    assertEquals(connection, Optional.ofNullable(written.wake()));

    // An agent that is started again knows of no connection.
    connection = Optional.empty();
    reporter.report(KEY);
    assertEquals(1, server.getRequestCount());
  }

  @Test
  void reportsWhetherTheContainerIsInUseAndTakesBackWhatItSaidBefore() throws Exception {
    set(true, 3);
    activity = Optional.of(new AgentReport.Activity(null, "2026-01-01T00:00:00Z", null));
    reporter.report(KEY);
    assertEquals(activity, Optional.ofNullable(written().activity()));

    activity = Optional.of(new AgentReport.Activity("1 connection", null, null));
    reporter.report(KEY);
    String busy = patch();
    assertTrue(
        busy.contains("{\"busy\":\"1 connection\",\"idleSince\":null,\"idleAt\":null}"), busy);

    activity = Optional.empty();
    reporter.report(KEY);
    String gone = patch();
    assertTrue(gone.contains("\"activity\":null"), gone);
  }

  private Pod provider(String imageId) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("ns")
        .withName("box-provider")
        .addNewOwnerReference()
        .withApiVersion("stoppablecontainer.xtlsoft.top/v1alpha1")
        .withKind("StoppableContainerInstance")
        .withName("box")
        .withUid(UID)
        .withController(true)
        .endOwnerReference()
        .endMetadata()
        .withNewStatus()
        .addNewContainerStatus()
        .withName("rootfs")
        .withImageID(imageId)
        .endContainerStatus()
        .endStatus()
        .build();
  }

  @Test
  void reportsTheImageWhenTheKubeletReportsItLast() throws Exception {
    Pod unnamed = provider("");
    caches.put(unnamed);
    stop(2);
    assertNull(written().imageID());
    assertFalse(reporter.learnsFrom(InformerEventType.UPDATED, unnamed));

    Pod named = provider("sha256:1");
    caches.put(named);
    assertTrue(reporter.learnsFrom(InformerEventType.UPDATED, named));
    reporter.report(KEY);
    assertEquals("sha256:1", written().imageID());
    assertFalse(reporter.learnsFrom(InformerEventType.UPDATED, named), "it has reported that");
    assertTrue(reporter.learnsFrom(InformerEventType.DELETED, named), "processes may be left");
  }

  @Test
  void learnsFromAPodWhoseOwnerReferenceTheGarbageCollectorRemoved() {
    Pod orphaned =
        new PodBuilder()
            .withNewMetadata()
            .withNamespace("ns")
            .withName("box")
            .addToLabels("stoppablecontainer.xtlsoft.top/instance", "box")
            .endMetadata()
            .build();
    assertEquals("ns/box", pods.instanceKeyOf(orphaned));
    assertTrue(reporter.learnsFrom(InformerEventType.UPDATED, orphaned));
    assertTrue(reporter.learnsFrom(InformerEventType.DELETED, orphaned));
    Pod foreign =
        new PodBuilder()
            .withNewMetadata()
            .withNamespace("ns")
            .withName("box")
            .endMetadata()
            .build();
    assertEquals("", pods.instanceKeyOf(foreign));
    assertFalse(reporter.learnsFrom(InformerEventType.DELETED, foreign));
  }

  @Test
  void writesAReportOnceWhileItsEventIsOnTheWay() throws Exception {
    StoppableContainerInstance answer = new StoppableContainerInstance();
    answer.setMetadata(
        new ObjectMetaBuilder(instance.getMetadata()).withResourceVersion("8").build());
    server.clearExpectations();
    server.expect().patch().withPath(STATUS).andReturn(200, answer).always();
    instance.getMetadata().setResourceVersion("7");
    stop(2);
    reporter.report(KEY);
    assertEquals(1, server.getRequestCount());
    stop(3);
    assertEquals(2, server.getRequestCount(), "another report is news");
    // The event came, and another writer had taken the report away.
    instance.getMetadata().setResourceVersion("9");
    reporter.report(KEY);
    assertEquals(3, server.getRequestCount());
  }

  /** A StoppableContainer "box-provider" has a consumer pod of that name. */
  @Test
  void tellsNoImageOfPodThatBelongsToAnother() throws Exception {
    Pod another =
        new PodBuilder(provider("sha256:1"))
            .editMetadata()
            .editFirstOwnerReference()
            .withUid("uid-2")
            .endOwnerReference()
            .endMetadata()
            .build();
    caches.put(another);
    stop(2);
    assertNull(written().imageID());
  }
}
