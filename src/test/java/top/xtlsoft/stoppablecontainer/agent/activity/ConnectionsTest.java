package top.xtlsoft.stoppablecontainer.agent.activity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.agent.activity.Connections.Seen;
import top.xtlsoft.stoppablecontainer.agent.activity.SocketDiagnosis.Connection;

class ConnectionsTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private static final InetAddress POD = InetAddress.ofLiteral("10.1.0.5");
  private static final InetAddress NODE = InetAddress.ofLiteral("10.1.0.1");
  private static final InetAddress FAR = InetAddress.ofLiteral("192.0.2.1");
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  private final Connections connections = new Connections();

  private static Connection with(InetAddress peer, long cookie, long bytes) {
    return new Connection(cookie, bytes, false, POD, peer);
  }

  private static Connection closed(InetAddress peer, long cookie) {
    return new Connection(cookie, 0, true, POD, peer);
  }

  private Seen look(int seconds, int silence, Connection... all) {
    return connections.look(
        List.of(all), NOW.plusSeconds(seconds), Duration.ofSeconds(silence), Set.of(NODE));
  }

  @Test
  void countsThoseThatHaveMovedBytesSinceTheLastLook() {
    look(0, 0, with(FAR, 1, 10), with(LOOPBACK, 2, 10), with(POD, 3, 10));
    assertEquals(
        new Seen(3, false), look(10, 0, with(FAR, 1, 11), with(LOOPBACK, 2, 11), with(POD, 3, 11)));
    assertEquals(
        new Seen(0, false), look(20, 0, with(FAR, 1, 11), with(LOOPBACK, 2, 11), with(POD, 3, 11)));
  }

  @Test
  void countsANewOneWithAnotherMachineAtOnceAndOneThatIsOverOnce() {
    assertEquals(new Seen(2, false), look(0, 0, with(FAR, 1, 0), closed(FAR, 2)));
    assertEquals(new Seen(0, false), look(10, 0, with(FAR, 1, 0), closed(FAR, 2)));
    assertEquals(new Seen(1, false), look(20, 30, closed(FAR, 3)));
    assertEquals(new Seen(0, false), look(30, 30, closed(FAR, 3)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.1.0.1", "127.0.0.1", "::1", "10.1.0.5"})
  void doesNotCountTheShortConnectionsOfProbes(String peer) {
    InetAddress near = InetAddress.ofLiteral(peer);
    for (int i = 0; i < 10; i++) {
      assertEquals(new Seen(0, true), look(i * 10, 0, with(near, i, 1000), closed(near, i + 100)));
    }
    assertEquals(new Seen(0, false), look(100, 0, closed(near, 9)));
  }

  @Test
  void countsASilentOneForAsLongAsIsAsked() {
    look(0, 30, with(NODE, 1, 10));
    assertEquals(new Seen(1, false), look(10, 30, with(NODE, 1, 11)));
    assertEquals(new Seen(1, false), look(40, 30, with(NODE, 1, 11)));
    assertEquals(new Seen(0, false), look(41, 30, with(NODE, 1, 11)));
    assertEquals(new Seen(0, false), look(42, 30));
  }
}
