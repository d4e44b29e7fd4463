package top.xtlsoft.stoppablecontainer.agent.request;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Stream;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.FakeCaches;
import top.xtlsoft.stoppablecontainer.agent.JobAnswerer;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.FileStatus;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.watch.FolderWatcher;
import top.xtlsoft.stoppablecontainer.agent.watch.InboxScheduler;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/** The shipped route that reads copies of requests, and how they come into the inbox. */
@EnableKubernetesMockClient
@Timeout(60)
class RequestInboxRouteTest {

  private static final String KEY = "ns/box";
  private static final String UID = "uid-1";
  private static final String ATTACH = "{\"version\":1,\"type\":\"attach\"}\n";

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final FakeCaches caches = new FakeCaches();
  private final FolderWatcher watcher = new FolderWatcher();
  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
  private final TakenRequests taken = new TakenRequests();
  private final List<String> queued = new CopyOnWriteArrayList<>();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);

  private KubernetesClient client;
  private Main main;
  private Path inbox;
  private Path folder;
  private RequestFolders requestFolders;
  private final Pod pod =
      new PodBuilder()
          .withNewMetadata()
          .withName("box")
          .withNamespace("ns")
          .withUid(UID)
          .endMetadata()
          .build();
  @TempDir private Path scratch;

  @BeforeEach
  void start() throws Exception {
    AgentSettings settings =
        AgentSettings.from(Map.of("NODE_NAME", "node1", "SC_KUBELET_ROOT", scratch.toString()));
    PodFolders folders = new PodFolders(linux, settings);
    inbox = Files.createDirectory(scratch.resolve("inbox"));
    folder = folders.requestFolder(pod);
    InboxScheduler scheduler = new InboxScheduler(thread);
    main = new Main();
    main.configure()
        .withRoutesIncludePattern(
            "file:agent-routes/request-inbox.camel.yaml,"
                + "file:agent-routes/error-handling.camel.yaml");
    main.addInitialProperty("inbox", inbox.toString());
    main.bind("inboxScheduler", scheduler);
    main.bind("requestFormat", RequestFile.FORMAT);
    main.bind("takenRequests", taken);
    main.bind("jobAnswerer", new JobAnswerer());
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
    main.start();
    requestFolders =
        new RequestFolders(
            linux,
            caches.pods(client, settings),
            folders,
            watcher,
            thread,
            taken,
            inbox,
            scheduler,
            Clock.systemUTC());
    log.start();
    root.addAppender(log);
  }

  @AfterEach
  void stop() {
    root.detachAppender(log);
    main.stop();
    watcher.close();
    thread.shutdownNow();
  }

  private List<String> names(Path of) throws IOException {
    try (Stream<Path> files = Files.list(of)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private Optional<RequestType> askedBy(Path request) {
    try (Fd fd = linux.openat(Fd.CWD, request.toString(), Linux.O_RDONLY, 0)) {
      FileStatus status = linux.stat(fd);
      return taken.content(UID, RequestOpener.id(status)).map(RequestFile::type);
    }
  }

  private void follow() {
    caches.put(pod);
    requestFolders.follow(KEY);
  }

  @Test
  void queuesThePodAndLeavesItsFileAlone() throws Exception {
    follow();
    Files.createDirectories(folder);
    Path request = Files.writeString(scratch.resolve("request.json"), ATTACH);
    Files.move(request, folder.resolve("request.json"));
    await().until(() -> queued.contains(KEY));
    assertEquals(Optional.of(RequestType.ATTACH), askedBy(folder.resolve("request.json")));
    assertEquals(ATTACH, Files.readString(folder.resolve("request.json")));
    assertEquals(List.of("request.json"), names(folder));
    await().until(() -> names(inbox).isEmpty());
  }

  @Test
  void keepsOneMalformedRequestToLookAtAndGoesOn() throws Exception {
    Files.createDirectories(folder);
    follow();
    for (String malformed : List.of("null", "{\"version\":1}", "of-another-pod")) {
      Path draft = Files.writeString(scratch.resolve("draft"), malformed);
      Files.deleteIfExists(inbox.resolve("failed/request.json"));
      Files.move(draft, folder.resolve("request.json"));
      await().until(() -> Files.exists(inbox.resolve("failed/request.json")));
      await()
          .until(
              () ->
                  Files.readString(inbox.resolve("failed/request.json"))
                      .equals(malformed.equals("null") ? "" : malformed));
      assertEquals(Optional.empty(), askedBy(folder.resolve("request.json")));
      Files.delete(folder.resolve("request.json"));
    }
    assertEquals(List.of(), queued);
    Files.move(Files.writeString(scratch.resolve("draft"), ATTACH), folder.resolve("request.json"));
    await().until(() -> queued.contains(KEY));
    await().until(() -> names(inbox).equals(List.of("failed")));
    assertTrue(
        log.list.stream().noneMatch(line -> line.getFormattedMessage().contains("of-another-pod")),
        "no content is logged");
  }

  @Test
  void takesWhatLiesThereBeforeThePodIsFollowed() throws Exception {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("request.json"), ATTACH);
    follow();
    await().until(() -> queued.contains(KEY));
  }

  @Test
  void forgetsAPodThatIsGone() throws Exception {
    Files.createDirectories(folder);
    follow();
    requestFolders.follow(KEY);
    caches.remove(pod);
    requestFolders.follow(KEY);
    Files.writeString(folder.resolve("request.json"), ATTACH);
    Path left = inbox.resolve(TakenRequests.nameOf(UID, "1.2.3"));
    Path draft = Files.writeString(inbox.resolve(".draft"), ATTACH);
    Files.move(draft, left);
    // Read and dropped with the copy of the next pod.
    Pod other =
        new PodBuilder(pod).editMetadata().withName("other").withUid("uid-2").endMetadata().build();
    caches.put(other);
    Path next = Files.createDirectories(Path.of(folder.toString().replace(UID, "uid-2")));
    Files.writeString(next.resolve("request.json"), ATTACH);
    requestFolders.follow("ns/other");
    await().until(() -> queued.contains("ns/other"));
    await().until(() -> names(inbox).isEmpty());
    assertEquals(List.of("ns/other"), queued);
    assertEquals(Optional.empty(), askedBy(folder.resolve("request.json")));
  }
}
