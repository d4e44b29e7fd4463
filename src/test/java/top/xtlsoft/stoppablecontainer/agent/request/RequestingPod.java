package top.xtlsoft.stoppablecontainer.agent.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.core.JacksonException;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.FakeCaches;
import top.xtlsoft.stoppablecontainer.agent.Rate;
import top.xtlsoft.stoppablecontainer.agent.RecordingSyscalls;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.watch.InboxScheduler;

/** A pod with a request folder, and the opener that looks into it. */
@EnableKubernetesMockClient
@Timeout(60)
abstract class RequestingPod {

  static final String KEY = "ns/box";
  static final String UID = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
  static final String REQUEST = "{\"version\":1,\"type\":\"attach\"}\n";
  static final String SECRET = "of-another-pod";

  final RecordingSyscalls recording = new RecordingSyscalls(new JnrSyscalls());
  final FakeCaches caches = new FakeCaches();
  final AtomicLong seconds = new AtomicLong();

  /** Time flies, so that no pod asks too often. */
  final InstantSource clock = () -> Instant.ofEpochSecond(seconds.incrementAndGet());

  final ListAppender<ILoggingEvent> log = new ListAppender<>();
  final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);

  KubernetesClient client;
  Scratch scratch;
  Path request;
  RequestOpener opener;
  PodFolders folders;
  TakenRequests taken;
  private RequestInbox inbox;
  private Path copies;
  private Pod pod;

  @BeforeEach
  final void startPod() throws IOException {
    scratch = new Scratch();
    pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("box")
            .withNamespace("ns")
            .withUid(UID)
            .endMetadata()
            .build();
    caches.put(pod);
    AgentSettings settings =
        AgentSettings.from(
            Map.of("NODE_NAME", "node1", "SC_KUBELET_ROOT", scratch.path().toString()));
    folders = new PodFolders(recording.linux(), settings);
    request = Files.createDirectories(folders.requestFolder(pod)).resolve("request.json");
    taken = new TakenRequests();
    taken.follow(UID, KEY);
    opener =
        new RequestOpener(
            recording.linux(),
            caches.pods(client, settings),
            folders,
            Rate.ofRequests(clock),
            taken);
    copies = Files.createDirectory(scratch.path().resolve("copies"));
    inbox = new RequestInbox(new JnrSyscalls(), folders, copies, new InboxScheduler(Runnable::run));
    processesAreOf(UID);
    log.start();
    root.addAppender(log);
  }

  @AfterEach
  final void stopPod() throws IOException {
    root.detachAppender(log);
    scratch.close();
    assertTrue(
        log.list.stream().noneMatch(line -> line.getFormattedMessage().contains(SECRET)),
        "no content is logged");
  }

  /** The agent takes the request that lies there, as the inbox route does when inotify wakes it. */
  void take() throws IOException {
    inbox.take(pod);
    for (Path copy : copies()) {
      try {
        taken.note(
            copy.getFileName().toString(),
            RequestFile.FORMAT.readValue(Files.readString(copy), RequestFile.class));
      } catch (JacksonException malformed) {
        root.debug("No request: {}", copy);
      }
      Files.delete(copy);
    }
  }

  /** What the agent has copied and not read yet. */
  List<Path> copies() throws IOException {
    try (Stream<Path> files = Files.list(copies)) {
      return files.toList();
    }
  }

  /** What the agent finds when it has taken what lies there. */
  Optional<PodRequest> open() throws IOException {
    take();
    return opener.open(KEY);
  }

  void processesAreOf(String uid) throws IOException {
    recording.cgroup(
        Files.writeString(
            scratch.path().resolve("cgroup"), "0::/kubepods/besteffort/pod" + uid + "/1\n"));
  }

  Path outside(String content) throws IOException {
    return Files.writeString(scratch.path().resolve("outside"), content);
  }

  void assertIgnored() throws IOException {
    assertEquals(Optional.empty(), open());
  }
}
