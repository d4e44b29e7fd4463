package top.xtlsoft.stoppablecontainer.agent.request;

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
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.FakeCaches;
import top.xtlsoft.stoppablecontainer.agent.RecordingSyscalls;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;

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

  /** Time flies, so that nobody asks too often. */
  final InstantSource clock = () -> Instant.ofEpochSecond(seconds.incrementAndGet());

  final ListAppender<ILoggingEvent> log = new ListAppender<>();
  final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);

  KubernetesClient client;
  Scratch scratch;
  Path request;
  RequestOpener opener;

  @BeforeEach
  final void startPod() throws IOException {
    scratch = new Scratch();
    Pod pod =
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
    PodFolders folders = new PodFolders(recording.linux(), settings);
    request = Files.createDirectories(folders.requestFolder(pod)).resolve("request.json");
    opener =
        new RequestOpener(
            recording.linux(), caches.pods(client, settings), folders, new RequestRate(clock));
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

  void processesAreOf(String uid) throws IOException {
    recording.cgroup(
        Files.writeString(
            scratch.path().resolve("cgroup"), "0::/kubepods/besteffort/pod" + uid + "/1\n"));
  }

  Path outside(String content) throws IOException {
    return Files.writeString(scratch.path().resolve("outside"), content);
  }

  void assertIgnored() {
    assertEquals(Optional.empty(), opener.open(KEY));
  }
}
