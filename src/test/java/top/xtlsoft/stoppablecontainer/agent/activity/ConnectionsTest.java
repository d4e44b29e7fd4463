package top.xtlsoft.stoppablecontainer.agent.activity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.agent.activity.Connections.Seen;
import top.xtlsoft.stoppablecontainer.agent.activity.SocketDiagnosis.Connection;

class ConnectionsTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final Connections connections = new Connections();

  private Seen look(int seconds, int silence, Connection... established) {
    return connections.look(
        List.of(established), NOW.plusSeconds(seconds), Duration.ofSeconds(silence));
  }

  @Test
  void countsThoseThatHaveMovedBytesSinceTheLastLook() {
    assertEquals(new Seen(0, true), look(0, 0, new Connection(1, 10), new Connection(2, 10)));
    assertEquals(new Seen(1, false), look(10, 0, new Connection(1, 11), new Connection(2, 10)));
    assertEquals(new Seen(0, false), look(20, 0, new Connection(1, 11), new Connection(2, 10)));
  }

  @Test
  void doesNotCountTheShortConnectionsOfProbes() {
    for (int i = 0; i < 10; i++) {
      assertEquals(new Seen(0, true), look(i * 10, 0, new Connection(i, 1000)));
    }
  }

  @Test
  void countsASilentOneForAsLongAsIsAsked() {
    look(0, 30, new Connection(1, 10));
    assertEquals(new Seen(1, false), look(10, 30, new Connection(1, 11)));
    assertEquals(new Seen(1, false), look(40, 30, new Connection(1, 11)));
    assertEquals(new Seen(0, false), look(41, 30, new Connection(1, 11)));
    assertEquals(new Seen(0, false), look(42, 30));
  }
}
