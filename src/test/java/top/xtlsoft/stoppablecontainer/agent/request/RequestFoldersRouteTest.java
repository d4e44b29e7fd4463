package top.xtlsoft.stoppablecontainer.agent.request;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.main.Main;
import org.apache.camel.spi.ScheduledPollConsumerScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.FakeCaches;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.watch.FolderGuard;
import top.xtlsoft.stoppablecontainer.agent.watch.FolderWatcher;
import top.xtlsoft.stoppablecontainer.agent.watch.InotifyScheduler;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/** The shipped route that listens to one pod's folder. */
@EnableKubernetesMockClient
class RequestFoldersRouteTest {

  private static final String KEY = "ns/box";

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final FakeCaches caches = new FakeCaches();
  private final FolderWatcher watcher = new FolderWatcher();
  private final ScheduledExecutorService polls = Executors.newScheduledThreadPool(2);
  private final List<String> queued = new CopyOnWriteArrayList<>();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);

  private KubernetesClient client;
  private Main main;
  private PodFolders folders;
  private RequestFolders requestFolders;
  private final Pod pod =
      new PodBuilder()
          .withNewMetadata()
          .withName("box")
          .withNamespace("ns")
          .withUid("uid-1")
          .endMetadata()
          .build();
  @TempDir private Path kubelet;

  @BeforeEach
  void start() throws Exception {
    AgentSettings settings =
        AgentSettings.from(Map.of("NODE_NAME", "node1", "SC_KUBELET_ROOT", kubelet.toString()));
    folders = new PodFolders(linux, settings);
    main = new Main();
    main.configure().withRoutesIncludePattern("file:agent-routes/request-folder.camel.yaml");
    main.addInitialProperty("camel.health.exclude-pattern", RequestFolders.ROUTES);
    main.configure()
        .addRoutesBuilder(
            new RouteBuilder() {
              @Override
              public void configure() {
                from("sc-workqueue:agent-requests")
                    .process(
                        e -> queued.add(e.getMessage().getHeader(ScHeaders.KEY, String.class)));
              }
            });
    FolderGuard guard = new FolderGuard(linux, new RequestRate(Clock.systemUTC()));
    main.start();
    main.getCamelContext()
        .getRegistry()
        .bindAsPrototype(
            "inotifyScheduler",
            ScheduledPollConsumerScheduler.class,
            () -> new InotifyScheduler(watcher, polls, guard));
    requestFolders =
        new RequestFolders(main.getCamelContext(), caches.pods(client, settings), folders);
    log.start();
    root.addAppender(log);
  }

  @AfterEach
  void stop() {
    root.detachAppender(log);
    main.stop();
    watcher.close();
    polls.shutdownNow();
  }

  private String route() {
    return "agent-request-folder-" + pod.getMetadata().getUid();
  }

  @Test
  void queuesThePodOnceForEachRequestAndLeavesTheFileAlone() throws Exception {
    caches.put(pod);
    requestFolders.follow(KEY);
    Path folder = Files.createDirectories(folders.requestFolder(pod));
    Path request = Files.writeString(folder.resolve("request.json"), "{}");
    await().until(() -> queued.contains(KEY));
    assertEquals("{}", Files.readString(request));
    try (var files = Files.list(folder)) {
      assertEquals(List.of(request), files.toList());
    }
  }

  @Test
  void isNoPartOfTheAgentsHealth() throws Exception {
    caches.put(pod);
    requestFolders.follow(KEY);
    assertNotNull(main.getCamelContext().getRoute(route()));
    List<String> checked =
        HealthCheckHelper.invoke(main.getCamelContext()).stream()
            .map(result -> result.getCheck().getId())
            .toList();
    assertFalse(checked.isEmpty());
    assertTrue(checked.stream().noneMatch(id -> id.contains("request-folder")), checked::toString);
  }

  @Test
  void listensAsLongAsThePodIsThereAndSaysNothingOfIt() throws Exception {
    Files.createDirectories(folders.requestFolder(pod));
    caches.put(pod);
    requestFolders.follow(KEY);
    requestFolders.follow(KEY);
    assertNotNull(main.getCamelContext().getRoute(route()));
    caches.remove(pod);
    requestFolders.follow(KEY);
    assertEquals(null, main.getCamelContext().getRoute(route()));
    assertEquals(
        List.of(),
        log.list.stream()
            .map(ILoggingEvent::getFormattedMessage)
            .filter(line -> line.contains(route()))
            .toList());
  }
}
