package top.xtlsoft.stoppablecontainer.agent.activity;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

/**
 * The TCP connections of a network namespace that are established, with the bytes that they have
 * moved, or that it has closed within the last minute: sock_diag(7), and struct tcp_info of the
 * kernel's include/uapi/linux/tcp.h.
 */
final class SocketDiagnosis {

  private static final int HEADER_BYTES = 16;
  private static final int REQUEST_BYTES = 56;
  private static final int ANSWER_BYTES = 72;
  private static final int STATE = 1;
  private static final int OWN_ADDRESS = 8;
  private static final int PEER_ADDRESS = 24;
  private static final int COOKIE = 44;
  private static final short SOCK_DIAG_BY_FAMILY = 20;

  /** NLM_F_REQUEST and NLM_F_DUMP. */
  private static final short FLAGS = 0x301;

  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final byte AF_INET = 2;
  private static final byte AF_INET6 = 10;
  private static final byte IPPROTO_TCP = 6;
  private static final int TCP_ESTABLISHED = 1;
  private static final int TCP_TIME_WAIT = 6;
  private static final int INET_DIAG_INFO = 2;
  private static final int ATTRIBUTE_HEADER_BYTES = 4;
  private static final int TCP_INFO_BYTES_ACKED = 120;
  private static final int TCP_INFO_BYTES_RECEIVED = 128;

  /** The kernel makes no message longer than what was read before, and begins with a page. */
  private static final int MESSAGE_BYTES = 1 << 14;

  private final LinuxSyscalls linux;

  /**
   * A connection.
   *
   * @param cookie its identity as long as the node runs
   * @param bytes received, and sent and acknowledged; 0 for a closed one
   * @param isClosed whether this side has closed it
   * @param own this side's address
   * @param peer the other side's
   */
  record Connection(long cookie, long bytes, boolean isClosed, InetAddress own, InetAddress peer) {}

  SocketDiagnosis(LinuxSyscalls linux) {
    this.linux = linux;
  }

  /**
   * The connections of the network namespace that the calling thread is in.
   *
   * @param most the list ends after so many
   * @throws IllegalStateException when the kernel refuses
   */
  List<Connection> connections(int most) {
    List<Connection> found = new ArrayList<>();
    for (byte family : new byte[] {AF_INET, AF_INET6}) {
      // What is left of one answer must not be taken for the other one's.
      try (Fd socket = linux.socketDiagnosis()) {
        linux.write(socket, request(family));
        boolean more = true;
        while (more && found.size() < most) {
          more = add(linux.readOnce(socket, MESSAGE_BYTES), found);
        }
      }
    }
    return found.size() > most ? found.subList(0, most) : found;
  }

  private static byte[] request(byte family) {
    return ByteBuffer.allocate(HEADER_BYTES + REQUEST_BYTES)
        .order(ByteOrder.nativeOrder())
        .putInt(HEADER_BYTES + REQUEST_BYTES)
        .putShort(SOCK_DIAG_BY_FAMILY)
        .putShort(FLAGS)
        .putInt(1)
        .putInt(0)
        .put(family)
        .put(IPPROTO_TCP)
        .put((byte) (1 << INET_DIAG_INFO - 1))
        .put((byte) 0)
        .putInt(1 << TCP_ESTABLISHED | 1 << TCP_TIME_WAIT)
        .array();
  }

  /** Reads one message of an answer; false when it was the last one. */
  static boolean add(byte[] message, List<Connection> found) {
    ByteBuffer all = ByteBuffer.wrap(message).order(ByteOrder.nativeOrder());
    int at = 0;
    while (at + HEADER_BYTES <= message.length) {
      int length = all.getInt(at);
      int type = all.getShort(at + 4);
      if (type == NLMSG_DONE) {
        return false;
      }
      if (type == NLMSG_ERROR || length < HEADER_BYTES || length > message.length - at) {
        throw new IllegalStateException(
            "no list of connections: type %d, %d bytes, error %d"
                .formatted(type, length, type == NLMSG_ERROR ? -all.getInt(at + HEADER_BYTES) : 0));
      }
      if (length >= HEADER_BYTES + ANSWER_BYTES) {
        found.add(connection(all.slice(at + HEADER_BYTES, length - HEADER_BYTES)));
      }
      at += aligned(length);
    }
    return true;
  }

  private static Connection connection(ByteBuffer slice) {
    ByteBuffer answer = slice.order(ByteOrder.nativeOrder());
    long bytes = 0;
    int at = ANSWER_BYTES;
    while (at + ATTRIBUTE_HEADER_BYTES <= answer.limit()) {
      int length = Short.toUnsignedInt(answer.getShort(at));
      int type = answer.getShort(at + 2);
      int info = at + ATTRIBUTE_HEADER_BYTES;
      if (type == INET_DIAG_INFO
          && length >= ATTRIBUTE_HEADER_BYTES + TCP_INFO_BYTES_RECEIVED + Long.BYTES
          && at + length <= answer.limit()) {
        bytes =
            answer.getLong(info + TCP_INFO_BYTES_ACKED)
                + answer.getLong(info + TCP_INFO_BYTES_RECEIVED);
      }
      at += aligned(Math.max(length, ATTRIBUTE_HEADER_BYTES));
    }
    return new Connection(
        answer.getLong(COOKIE),
        bytes,
        answer.get(STATE) == TCP_TIME_WAIT,
        address(answer, OWN_ADDRESS),
        address(answer, PEER_ADDRESS));
  }

  /** An IPv4 address in the form of IPv6 becomes what it is. */
  private static InetAddress address(ByteBuffer answer, int at) {
    byte[] bytes = new byte[answer.get(0) == AF_INET ? 4 : 16];
    answer.get(at, bytes);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static int aligned(int length) {
    return length + 3 & ~3;
  }
}
