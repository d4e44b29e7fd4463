package top.xtlsoft.stoppablecontainer.agent.cri;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class UnixSocketTest {

  @TempDir private Path folder;

  private ServerSocketChannel listen(Path path) throws IOException {
    return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(path));
  }

  @Test
  void reachesItsPathWhateverTheAddress() throws Exception {
    Path path = folder.resolve("socket");
    try (ServerSocketChannel server = listen(path);
        Socket socket = UnixSocket.factory(path.toString()).createSocket("127.0.0.1", 1);
        SocketChannel peer = server.accept()) {
      assertTrue(socket.isConnected());
      socket.getOutputStream().write(new byte[] {1, 2});
      ByteBuffer received = ByteBuffer.allocate(2);
      while (received.hasRemaining()) {
        peer.read(received);
      }
      assertArrayEquals(new byte[] {1, 2}, received.array());
      peer.write(ByteBuffer.wrap(new byte[] {3}));
      assertEquals(3, socket.getInputStream().read());
      peer.shutdownOutput();
      assertEquals(-1, socket.getInputStream().read());
    }
  }

  /** gRPC reads on one thread, and writes and closes on others. */
  @Test
  void writesAndClosesDuringARead() throws Exception {
    Path path = folder.resolve("socket");
    try (ServerSocketChannel server = listen(path)) {
      Socket socket = UnixSocket.factory(path.toString()).createSocket();
      SocketChannel peer = server.accept();
      CompletableFuture<Integer> reading =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return socket.getInputStream().read();
                } catch (IOException e) {
                  throw new CompletionException(e);
                }
              });
      socket.getOutputStream().write(7);
      ByteBuffer received = ByteBuffer.allocate(1);
      assertEquals(1, peer.read(received));
      socket.close();
      assertTrue(socket.isClosed());
      ExecutionException failed = assertThrows(ExecutionException.class, reading::get);
      assertTrue(failed.getCause() instanceof ClosedChannelException, failed.toString());
      peer.close();
    }
  }

  @Test
  void namesThePathThatDoesNotAnswer() {
    Path path = folder.resolve("no-listener");
    IOException failure =
        assertThrows(
            IOException.class, () -> UnixSocket.factory(path.toString()).createSocket().close());
    assertTrue(failure.getMessage().contains(path.toString()), failure.getMessage());
  }
}
