package top.xtlsoft.stoppablecontainer.agent;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.health.HealthCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import top.xtlsoft.stoppablecontainer.agent.cri.RuntimeHealthCheck;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.request.PodFolders;
import top.xtlsoft.stoppablecontainer.agent.request.RequestFolders;
import top.xtlsoft.stoppablecontainer.agent.request.RequestsHealthCheck;
import top.xtlsoft.stoppablecontainer.agent.request.TakenRequests;
import top.xtlsoft.stoppablecontainer.agent.watch.FolderWatcher;
import top.xtlsoft.stoppablecontainer.agent.watch.InboxScheduler;

/** The health checks report what the agent can't work without. */
@EnableKubernetesMockClient
@Timeout(60)
class AgentHealthTest {

  private static final String OWN_NAMESPACE = "/proc/self/ns/mnt";

  private final LinuxSyscalls linux = new JnrSyscalls();
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
  private KubernetesClient client;
  @TempDir private Path folder;

  private static HealthCheck.State state(HealthCheck check) {
    return check.call().getState();
  }

  @Test
  void isDownWhenTheListenerForFilesHasEnded() {
    FolderWatcher watcher = new FolderWatcher();
    try (ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor()) {
      HealthCheck check = requests(watcher, thread);
      assertEquals(HealthCheck.State.UP, state(check));
      watcher.close();
      await().until(() -> state(check) == HealthCheck.State.DOWN);
      assertEquals(true, check.isLiveness());
    }
  }

  @Test
  void isDownWhenTheThreadThatTakesRequestsIsStuck() {
    CountDownLatch stuck = new CountDownLatch(1);
    try (FolderWatcher watcher = new FolderWatcher();
        ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor()) {
      HealthCheck check = requests(watcher, thread);
      thread.execute(
          () -> {
            try {
              stuck.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      assertEquals(HealthCheck.State.UP, state(check));
      now.set(now.get().plusSeconds(120));
      assertEquals(HealthCheck.State.DOWN, state(check));
      stuck.countDown();
      await().until(() -> state(check) == HealthCheck.State.UP);
      thread.shutdownNow();
    }
  }

  private HealthCheck requests(FolderWatcher watcher, ScheduledExecutorService thread) {
    AgentSettings settings = AgentSettings.from(Map.of("NODE_NAME", "node1"));
    return new RequestsHealthCheck(
        watcher,
        new RequestFolders(
            linux,
            new FakeCaches().pods(client, settings),
            new PodFolders(linux, settings),
            watcher,
            thread,
            new TakenRequests(),
            folder,
            new InboxScheduler(thread),
            now::get));
  }

  @Test
  void isDownWhenTheNodesMountNamespaceIsAnotherOrOutOfReach() {
    try (Fd root = linux.openat(Fd.CWD, "/", Linux.O_PATH, 0);
        Fd namespace = linux.openat(Fd.CWD, OWN_NAMESPACE, Linux.O_RDONLY, 0)) {
      Node node = new Node(root, root, namespace, linux.stat(root), "boot");
      assertEquals(HealthCheck.State.UP, state(new NodeHealthCheck(linux, node, OWN_NAMESPACE)));
      assertEquals(
          HealthCheck.State.DOWN,
          state(new NodeHealthCheck(linux, node, folder.resolve("gone").toString())));
      Node other = new Node(root, root, root, linux.stat(root), "boot");
      assertEquals(HealthCheck.State.DOWN, state(new NodeHealthCheck(linux, other, OWN_NAMESPACE)));
    }
  }

  @Test
  void isDownWhenTheRuntimesSocketDoesNotAnswer() throws Exception {
    Path socket = folder.resolve("cri.sock");
    HealthCheck check = new RuntimeHealthCheck(socket.toString());
    assertEquals(HealthCheck.State.DOWN, state(check));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      assertEquals(HealthCheck.State.UP, state(check));
    }
    assertEquals(HealthCheck.State.DOWN, state(check), "a socket that was left behind");
    assertEquals(false, check.isLiveness());
  }
}
