package top.xtlsoft.stoppablecontainer.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;

/** What whoever runs in a pod may put in the place of a request. */
@EnableKubernetesMockClient
@Timeout(60)
// Who holds a lock is there for that alone.
@SuppressWarnings("try")
class RequestOpenerIT {

  private static final String KEY = "ns/box";
  private static final String UID = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
  private static final String REQUEST = "{\"version\":1,\"type\":\"attach\"}\n";
  private static final String SECRET = "of-another-pod";
  private static final int ROUNDS = 3000;

  private final RecordingSyscalls recording = new RecordingSyscalls(new JnrSyscalls());
  private final FakeCaches caches = new FakeCaches();
  private final AtomicLong seconds = new AtomicLong();

  /** Time flies, so that nobody asks too often. */
  private final InstantSource clock = () -> Instant.ofEpochSecond(seconds.incrementAndGet());

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);

  private KubernetesClient client;
  private Scratch scratch;
  private Path request;
  private RequestOpener opener;

  @BeforeEach
  void startPod() throws IOException {
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
  void stopPod() throws IOException {
    root.detachAppender(log);
    scratch.close();
    assertTrue(
        log.list.stream().noneMatch(line -> line.getFormattedMessage().contains(SECRET)),
        "no content is logged");
  }

  private void processesAreOf(String uid) throws IOException {
    recording.cgroup(
        Files.writeString(
            scratch.path().resolve("cgroup"), "0::/kubepods/besteffort/pod" + uid + "/1\n"));
  }

  private Path outside(String content) throws IOException {
    return Files.writeString(scratch.path().resolve("outside"), content);
  }

  private void assertIgnored() {
    assertEquals(Optional.empty(), opener.open(KEY));
  }

  @Test
  void findsTheProcessThatHoldsTheRequest() throws Exception {
    Files.writeString(request, REQUEST);
    try (LockHolder holder = LockHolder.of(request);
        PodRequest open = opener.open(KEY).orElseThrow()) {
      assertEquals(RequestType.ATTACH, open.type());
      assertEquals(holder.pid(), open.requester().pid());
    }
  }

  @Test
  void ignoresARequestThatNobodyHolds() throws Exception {
    Files.writeString(request, REQUEST);
    assertIgnored();
  }

  @Test
  void ignoresAProcessOfAnotherPod() throws Exception {
    Files.writeString(request, REQUEST);
    try (LockHolder holder = LockHolder.of(request)) {
      processesAreOf("ffffffff-0a1b-0a1b-0a1b-0a1b2c3d4e5f");
      assertIgnored();
    }
  }

  @Test
  void followsNoSymlink() throws Exception {
    Path outside = outside(REQUEST);
    try (LockHolder holder = LockHolder.of(outside)) {
      Files.createSymbolicLink(request, outside);
      assertIgnored();
      Files.delete(request);
      Files.createSymbolicLink(request, Path.of("../../../../../outside"));
      assertIgnored();
    }
    Files.delete(request);
    Files.createSymbolicLink(request, Path.of("/dev/zero"));
    assertIgnored();
    Files.delete(request);
    Files.createSymbolicLink(request, request);
    assertIgnored();
  }

  @Test
  void waitsForNoFifo() throws Exception {
    assertEquals(0, new ProcessBuilder("mkfifo", request.toString()).start().waitFor());
    assertIgnored();
  }

  @Test
  void ignoresASocketAndADirectory() throws Exception {
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      Path name = scratch.path().resolve("socket");
      socket.bind(UnixDomainSocketAddress.of(name));
      Files.move(name, request);
      assertIgnored();
    }
    Files.delete(request);
    Files.createDirectory(request);
    assertIgnored();
  }

  @Test
  void readsNoLargeFile() throws Exception {
    try (RandomAccessFile file = new RandomAccessFile(request.toFile(), "rw")) {
      file.writeBytes(REQUEST);
      file.setLength(1L << 30);
    }
    try (LockHolder holder = LockHolder.of(request)) {
      recording.failAt(-1);
      assertIgnored();
      assertTrue(!recording.calls().contains("read"), recording.calls().toString());
    }
  }

  @Test
  void repeatsNothingOfWhatItCanNotRead() throws Exception {
    Files.writeString(request, "{\"version\":1,\"type\":\"" + SECRET + "\"}");
    try (LockHolder holder = LockHolder.of(request)) {
      assertIgnored();
    }
  }

  @Test
  void isNotFooledByAFileThatIsSwapped() throws Exception {
    Path outside = outside("{\"version\":1,\"type\":\"mount\"}");
    Files.writeString(request, REQUEST);
    Path file = request.resolveSibling("file");
    Path link = request.resolveSibling("link");
    Files.createLink(file, request);
    AtomicBoolean done = new AtomicBoolean();
    try (LockHolder ours = LockHolder.of(file);
        LockHolder others = LockHolder.of(outside)) {
      Thread swapper =
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (!done.get()) {
                      swap(link, () -> Files.createSymbolicLink(link, outside), file);
                    }
                  });
      int opened = 0;
      for (int i = 0; i < ROUNDS; i++) {
        Optional<PodRequest> open = opener.open(KEY);
        if (open.isPresent()) {
          opened++;
          try (PodRequest found = open.get()) {
            assertEquals(RequestType.ATTACH, found.type());
            assertEquals(ours.pid(), found.requester().pid());
          }
        }
      }
      done.set(true);
      swapper.join();
      assertTrue(opened > 0 && opened < ROUNDS, opened + " of " + ROUNDS + " were the file");
    }
  }

  @Test
  void opensNoDeviceThatTakesTheFilesPlace() throws Exception {
    Files.writeString(request, REQUEST);
    Path file = request.resolveSibling("file");
    Path next = request.resolveSibling("next");
    Files.createLink(file, request);
    // No driver has this number: opening it would fail, and be told as a failure of the node.
    Path device = request.resolveSibling("device");
    assertEquals(
        0, new ProcessBuilder("mknod", device.toString(), "b", "259", "9999").start().waitFor());
    AtomicBoolean done = new AtomicBoolean();
    try (LockHolder holder = LockHolder.of(file)) {
      Thread swapper =
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (!done.get()) {
                      swap(next, () -> Files.createLink(next, device), file);
                    }
                  });
      int opened = 0;
      for (int i = 0; i < ROUNDS; i++) {
        Optional<PodRequest> open = opener.open(KEY);
        if (open.isPresent()) {
          opened++;
          open.get().close();
        }
      }
      done.set(true);
      swapper.join();
      assertTrue(opened > 0 && opened < ROUNDS, opened + " of " + ROUNDS + " were the file");
    }
    assertEquals(
        List.of("Ignored a request that is no small regular file"),
        log.list.stream()
            .filter(line -> line.getLevel().isGreaterOrEqual(Level.WARN))
            .map(ILoggingEvent::getFormattedMessage)
            .distinct()
            .toList());
  }

  /** Puts another thing in the request's place. */
  @FunctionalInterface
  private interface Planting {
    void plant() throws IOException;
  }

  private void swap(Path link, Planting other, Path file) {
    try {
      other.plant();
      Files.move(link, request, StandardCopyOption.ATOMIC_MOVE);
      Files.createLink(link, file);
      Files.move(link, request, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
