package top.xtlsoft.stoppablecontainer.agent.activity;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import top.xtlsoft.stoppablecontainer.agent.activity.SocketDiagnosis.Connection;

/**
 * Which connections of a pod are in use. A connection is looked at twice at least, so a request of
 * kubelet's probes, which makes a connection of its own, is never one.
 */
final class Connections {

  private Map<Long, Known> last = Map.of();

  private record Known(long bytes, Instant moved) {}

  /**
   * What a look has found.
   *
   * @param inUse how many connections have moved bytes since the last look, or not long before
   * @param isNew whether there is one that was not there at the last look
   */
  record Seen(int inUse, boolean isNew) {}

  /**
   * Compares with the last look.
   *
   * @param silence how long an open connection counts after its last byte
   */
  Seen look(List<Connection> established, Instant now, Duration silence) {
    Map<Long, Known> known = HashMap.newHashMap(established.size());
    int inUse = 0;
    boolean isNew = false;
    for (Connection connection : established) {
      Known before = last.get(connection.cookie());
      if (before == null) {
        isNew = true;
        known.put(connection.cookie(), new Known(connection.bytes(), Instant.MIN));
        continue;
      }
      Instant moved = before.bytes == connection.bytes() ? before.moved : now;
      known.put(connection.cookie(), new Known(connection.bytes(), moved));
      if (!moved.isBefore(now.minus(silence))) {
        inUse++;
      }
    }
    last = known;
    return new Seen(inUse, isNew);
  }
}
