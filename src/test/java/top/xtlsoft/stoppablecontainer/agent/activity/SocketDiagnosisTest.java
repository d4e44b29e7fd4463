package top.xtlsoft.stoppablecontainer.agent.activity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.agent.activity.SocketDiagnosis.Connection;

/** The kernel's messages, with what a kernel of another version may leave out or add. */
class SocketDiagnosisTest {

  private static final short CONNECTION = 20;
  private static final short ERROR = 2;
  private static final short DONE = 3;

  private final List<Connection> found = new ArrayList<>();

  private static final byte[] V4_MAPPED =
      HexFormat.of().parseHex("00000000000000000000ffff0a010203");

  private static final byte[] V6 = HexFormat.of().parseHex("20010db8000000000000000000000001");

  private static Connection connection(long bytes, boolean isClosed) {
    return new Connection(
        7,
        bytes,
        isClosed,
        InetAddress.ofLiteral("10.1.2.3"),
        InetAddress.ofLiteral("2001:db8::1"));
  }

  private static ByteBuffer message(short type, int length, int bytes) {
    return ByteBuffer.allocate(bytes)
        .order(ByteOrder.nativeOrder())
        .putInt(length)
        .putShort(type)
        .position(16);
  }

  private static byte[] connection(long cookie, int infoBytes) {
    int length = 16 + 72 + 4 + infoBytes;
    ByteBuffer message = message(CONNECTION, length, length);
    message.put(16, (byte) 10).put(17, (byte) (infoBytes == 0 ? 6 : 1));
    message.put(16 + 8, V4_MAPPED).put(16 + 24, V6);
    message.putLong(16 + 44, cookie);
    message.putShort(16 + 72, (short) (4 + infoBytes)).putShort(16 + 74, (short) 2);
    if (infoBytes >= 136) {
      message.putLong(16 + 76 + 120, 1000).putLong(16 + 76 + 128, 24);
    }
    return message.array();
  }

  @Test
  void addsReceivedAndAcknowledgedBytes() {
    assertTrue(SocketDiagnosis.add(connection(7, 232), found));
    assertEquals(List.of(connection(1024, false)), found);
  }

  @Test
  void readsAConnectionWithoutTheFields() {
    assertTrue(SocketDiagnosis.add(connection(7, 104), found));
    assertEquals(List.of(connection(0, false)), found);
  }

  @Test
  void seesThatOneIsClosed() {
    assertTrue(SocketDiagnosis.add(connection(7, 0), found));
    assertEquals(List.of(connection(0, true)), found);
  }

  @Test
  void endsWithTheLastMessage() {
    assertFalse(SocketDiagnosis.add(message(DONE, 20, 20).array(), found));
  }

  @Test
  void refusesAnErrorAndALengthThatDoesNotFit() {
    byte[] error = message(ERROR, 36, 36).putInt(-2).array();
    byte[] tooLong = message(CONNECTION, 400, 100).array();
    byte[] endless = message(CONNECTION, 0, 100).array();
    for (byte[] message : List.of(error, tooLong, endless)) {
      assertThrows(IllegalStateException.class, () -> SocketDiagnosis.add(message, found));
    }
    assertEquals(List.of(), found);
  }
}
