package top.xtlsoft.stoppablecontainer.agent.instance;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import top.xtlsoft.stoppablecontainer.agent.FakeCaches;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.JobAnswerer;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RecordingSyscalls;
import top.xtlsoft.stoppablecontainer.agent.filesystem.UpperUsage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.kube.AgentInstances;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstanceSpec;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/** When the files of an instance are counted, and that its route asks for it again. */
@EnableKubernetesMockClient
@Timeout(60)
class InstanceSizerTest {

  private static final String KEY = "ns/box";
  private static final Duration HOUR = InstanceSizer.WHILE_RUNNING;
  private static final Duration MINUTE = InstanceSizer.AFTER_START;

  private final RecordingSyscalls recording = new RecordingSyscalls(new JnrSyscalls());
  private final LinuxSyscalls linux = recording.linux();
  private final FakeCaches caches = new FakeCaches();
  private final AtomicLong now = new AtomicLong();

  private KubernetesClient client;
  private Fd root;
  private FileSystemStore store;
  private InstanceSizer sizer;
  private Path upper;
  @TempDir private Path prefix;

  @BeforeEach
  void makeFolder() throws IOException {
    upper = Files.createDirectories(prefix.resolve("ns/box/upper"));
    root = linux.openat(Fd.CWD, "/", Linux.O_PATH | Linux.O_DIRECTORY, 0);
    Node node = new Node(root, root, root, linux.stat(root), "boot");
    store = new HostFolderStore(linux, node, new StorageSettings(List.of(prefix.toString())));
    sizer =
        new InstanceSizer(linux, new AgentInstances(caches.informers(), client), store, now::get);
  }

  @AfterEach
  void close() {
    root.close();
  }

  private Instance instance(String uid, boolean running) {
    StoppableContainerInstance resource = new StoppableContainerInstance();
    resource.setMetadata(
        new ObjectMetaBuilder().withNamespace("ns").withName("box").withUid(uid).build());
    resource.setSpec(
        new StoppableContainerInstanceSpec("node1", prefix.toString(), "image:1", running));
    caches.put(resource);
    return Instance.of(resource);
  }

  private Optional<Long> inodes(Instance instance) {
    return sizer.usage(instance).map(UpperUsage::inodes);
  }

  @Test
  void countsARunningInstanceAMinuteAfterItsStartAndThenEveryHour() {
    Instance instance = instance("uid-1", true);
    assertEquals(MINUTE, sizer.measure(KEY).again());
    now.addAndGet(MINUTE.toNanos() - 1);
    assertEquals(Duration.ofNanos(1), sizer.measure(KEY).again());
    assertEquals(Optional.empty(), inodes(instance));
    now.incrementAndGet();
    assertEquals(HOUR, sizer.measure(KEY).again());
    assertEquals(Optional.of(1L), inodes(instance));
  }

  @Test
  void countsAStoppedInstanceAtOnceAndNotAgain() {
    Instance instance = instance("uid-1", false);
    assertNull(sizer.measure(KEY).again());
    assertEquals(Optional.empty(), inodes(instance), "it was stopped before this agent started");
    sizer.stopped(instance);
    assertEquals(Optional.of(1L), inodes(instance));
    InstanceSizer.Check check = sizer.measure(KEY);
    assertNull(check.again());
    assertFalse(check.news());
  }

  @Test
  void leavesACountThatIsHeldUpToTheRoute() {
    Instance instance = instance("uid-1", false);
    Thread change =
        Thread.ofPlatform()
            .start(
                () ->
                    store
                        .locks()
                        .alone(
                            store.placeOf(instance),
                            () -> {
                              sizerIsHeldUp(instance);
                              return null;
                            }));
    await().until(() -> !change.isAlive());
    assertEquals(Optional.empty(), inodes(instance));
    assertTrue(sizer.measure(KEY).news());
    assertEquals(Optional.of(1L), inodes(instance));
  }

  private void sizerIsHeldUp(Instance instance) {
    Thread job =
        Thread.ofPlatform()
            .start(
                () -> {
                  sizer.stopped(instance);
                  assertThrows(NotYetException.class, () -> sizer.measure(KEY));
                });
    await().until(() -> !job.isAlive());
  }

  @Test
  void restsTwentyTimesAsLongAsACountTook() {
    Instance instance = instance("uid-1", false);
    sizer.stopped(instance);
    recording.before("list", () -> now.addAndGet(Duration.ofSeconds(10).toNanos()));
    sizer.stopped(instance);
    sizer.stopped(instance);
    assertEquals(Duration.ofSeconds(200), sizer.measure(KEY).again());
    now.addAndGet(Duration.ofSeconds(200).toNanos());
    assertTrue(sizer.measure(KEY).news());
  }

  @Test
  void knowsNothingOfAnotherInstanceOfThatName() {
    Instance first = instance("uid-1", false);
    sizer.stopped(first);
    Instance second = instance("uid-2", false);
    assertEquals(Optional.empty(), inodes(second));
    sizer.stopped(second);
    sizer.forget(first);
    assertEquals(Optional.of(1L), inodes(second));
    sizer.forget(second);
    assertEquals(Optional.empty(), inodes(second));
  }

  @Test
  void routeCountsAndHasTheSizeReported() throws Exception {
    Instance instance = instance("uid-1", false);
    Files.createFile(upper.resolve("file"));
    // A count that takes long at the stop is left to the route.
    recording.before("list", () -> now.addAndGet(Duration.ofMillis(51).toNanos()));
    sizer.stopped(instance);
    assertEquals(Optional.empty(), inodes(instance));
    List<String> reported = new CopyOnWriteArrayList<>();
    Main main = new Main();
    main.configure()
        .withRoutesIncludePattern(
            "file:agent-routes/instance-size.camel.yaml,"
                + "file:agent-routes/error-handling.camel.yaml");
    main.bind("instanceSizer", sizer);
    main.bind("jobAnswerer", new JobAnswerer());
    main.configure()
        .addRoutesBuilder(
            new RouteBuilder() {
              @Override
              public void configure() {
                from("sc-workqueue:agent-instance-reports")
                    .process(
                        e -> reported.add(e.getMessage().getHeader(ScHeaders.KEY, String.class)));
              }
            });
    main.start();
    try (ProducerTemplate to = main.getCamelContext().createProducerTemplate()) {
      to.sendBodyAndHeader("sc-workqueue:agent-sizes", null, ScHeaders.KEY, KEY);
      await().until(() -> reported.equals(List.of(KEY)));
      assertEquals(Optional.of(2L), inodes(instance));
    } finally {
      main.stop();
    }
  }
}
