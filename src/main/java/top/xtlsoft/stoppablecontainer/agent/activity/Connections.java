package top.xtlsoft.stoppablecontainer.agent.activity;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import top.xtlsoft.stoppablecontainer.agent.activity.SocketDiagnosis.Connection;

/**
 * Which connections of a pod are in use: those that have moved bytes since the last look. A new one
 * has. But one with the node itself, or within the pod, is looked at twice at least: a request of
 * kubelet's probes makes a connection of its own, and a port-forward is one within the pod.
 */
final class Connections {

  private Map<Long, Known> last = Map.of();

  private record Known(long bytes, Instant moved) {}

  /**
   * What a look has found.
   *
   * @param inUse how many connections have moved bytes since the last look, or not long before
   * @param isNew whether there is one that has to be looked at once more
   */
  record Seen(int inUse, boolean isNew) {}

  /**
   * Compares with the last look.
   *
   * @param node addresses of the node
   * @param silence how long an open connection counts after its last byte
   */
  Seen look(List<Connection> connections, Instant now, Duration silence, Set<InetAddress> node) {
    Map<Long, Known> known = HashMap.newHashMap(connections.size());
    int inUse = 0;
    boolean isNew = false;
    for (Connection connection : connections) {
      boolean isNear = isNear(connection, node);
      Known before = last.get(connection.cookie());
      boolean isFirst = before == null;
      isNew |= isFirst && isNear && !connection.isClosed();
      boolean hasMoved =
          isFirst ? !isNear : !connection.isClosed() && before.bytes != connection.bytes();
      Instant moved = hasMoved ? now : isFirst ? Instant.MIN : before.moved;
      known.put(connection.cookie(), new Known(connection.bytes(), moved));
      if (hasMoved || !connection.isClosed() && !moved.isBefore(now.minus(silence))) {
        inUse++;
      }
    }
    last = known;
    return new Seen(inUse, isNew);
  }

  private static boolean isNear(Connection connection, Set<InetAddress> node) {
    InetAddress peer = connection.peer();
    return peer.isLoopbackAddress() || peer.equals(connection.own()) || node.contains(peer);
  }
}
