package top.xtlsoft.stoppablecontainer.e2e.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.UserAnnotation;
import top.xtlsoft.stoppablecontainer.e2e.support.AtOnce;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.NodeClient;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/**
 * Connections start containers again and again, through the users' Services, and none is lost.
 * {@code SOAK_ROUNDS} is the number of wakes.
 */
@ClusterTest
@Tag("long")
class ManyWakesE2E {

  /** All but the first are parked while they are stopped. */
  private static final int BOXES = 4;

  /** Connections that come at once to one that is stopped. */
  private static final int CLIENTS = 4;

  /** More than the sockets of a connection that is held take. */
  private static final int BYTES = 1 << 20;

  /** A connection that kube-proxy has sent elsewhere does not come about. */
  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicInteger tried = new AtomicInteger();
  private final List<String> lost = new CopyOnWriteArrayList<>();
  private final List<Duration> times = Collections.synchronizedList(new ArrayList<>());

  @Test
  void noConnectionIsLost(TestNamespace ns) {
    assumeTrue(ClusterEnv.get().embedded(), "the clients are on the embedded node");
    String setting = System.getenv().getOrDefault("SOAK_ROUNDS", "");
    int rounds = setting.isBlank() ? 20 : Integer.parseInt(setting);
    AtOnce.each(
        IntStream.range(0, BOXES).boxed().toList(),
        number -> {
          String box = "echo" + number;
          String service = WakeE2E.service(ns, box);
          WakeE2E.createStopped(ns, fixture(box, number > 0));
          for (int round; (round = begun.incrementAndGet()) <= rounds; ) {
            wake(ns, box, service, round);
            if (round % 100 == 0) {
              step("%d wakes, lost: %s", round, lost);
            }
          }
        });
    List<Duration> sorted = times.stream().sorted().toList();
    step(
        "%d wakes, %d connections, %d lost, %d more not taken before the Service led to the pod; from"
            + " connect to the end of the echo: p50 %d ms, p95 %d",
        rounds,
        rounds * CLIENTS,
        lost.size(),
        tried.get() - rounds * CLIENTS,
        sorted.get(sorted.size() / 2).toMillis(),
        sorted.get(sorted.size() * 95 / 100).toMillis());
    assertEquals(List.of(), lost);
  }

  private static Fixture fixture(String box, boolean parks) {
    return Fixture.of("wake.yaml")
        .with(": echo\n", ": " + box + "\n")
        .with(
            "  running: false\n",
            "  running: false\n  whenStopped: %s\n".formatted(parks ? "Park" : "Release"))
        .with("terminationGracePeriodSeconds: 5", "terminationGracePeriodSeconds: 1");
  }

  /** Connects to one that is stopped, and stops it again. */
  private void wake(TestNamespace ns, String box, String service, int round) {
    WakeE2E.awaitEndpoint(ns, box, WakeE2E.provider(box));
    List<Callable<Boolean>> clients = new ArrayList<>();
    for (int client = 0; client < CLIENTS; client++) {
      long seed = (long) round * CLIENTS + client;
      clients.add(() -> echo(box, service, seed));
    }
    AtOnce.run(clients);
    // A container that no connection has started would be waited for in vain.
    assertEquals(List.of(), lost);
    ns.awaitRunning(box);
    // As the plugin stops what its user has not started.
    ns.patch(
        box,
        "{\"metadata\":{\"annotations\":{\"%s\":\"%s\"}}}"
            .formatted(UserAnnotation.RUNNING_SET_AT.key(), Instant.now()));
    ns.awaitStopped(box);
  }

  private boolean echo(String box, String service, long seed) {
    byte[] sent = new byte[BYTES];
    new Random(seed).nextBytes(sent);
    long begin = System.nanoTime();
    try (Socket socket = connect(service)) {
      socket.setSoTimeout((int) Timeouts.RUNNING.toMillis());
      byte[] echo = NodeClient.exchange(socket, sent);
      int same = Arrays.mismatch(sent, echo);
      if (same >= 0) {
        lost.add(
            "%s at %s: the echo of %d differs at %d".formatted(box, Instant.now(), seed, same));
      }
      times.add(Duration.ofNanos(System.nanoTime() - begin));
    } catch (IOException e) {
      lost.add("%s at %s: %s".formatted(box, Instant.now(), e));
    }
    return true;
  }

  /**
   * Connects by the Service. Kube-proxy follows the endpoints some milliseconds later: until then
   * it refuses connections, or sends them to the pod that has gone, as for any Service.
   */
  private Socket connect(String service) {
    return Awaitility.await("a connection to " + service)
        .atMost(Timeouts.CONDITION)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(100))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(
            () -> {
              tried.incrementAndGet();
              return NodeClient.connect(service, WakeE2E.SERVICE_PORT, CONNECT);
            },
            Objects::nonNull);
  }
}
