package top.xtlsoft.stoppablecontainer.agent.cri;

import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.Image;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ImageServiceGrpc;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ImageStatusRequest;
import top.xtlsoft.stoppablecontainer.agent.cri.v1.ImageStatusResponse;

/** A container runtime that says what it is given of each image, over a socket as the real one. */
final class FakeRuntime implements AutoCloseable {

  private final Server server;
  private final ServerSocketChannel socket;

  private FakeRuntime(Server server, ServerSocketChannel socket) {
    this.server = server;
    this.socket = socket;
  }

  /**
   * @param path where its socket is to be
   * @param info JSON that it gives of each image
   */
  static FakeRuntime start(Path path, String info) throws IOException {
    Server server =
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                InsecureServerCredentials.create())
            .addService(new Images(info))
            .build()
            .start();
    ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    socket.bind(UnixDomainSocketAddress.of(path));
    FakeRuntime runtime = new FakeRuntime(server, socket);
    Thread.ofVirtual().start(runtime::serve);
    return runtime;
  }

  private void serve() {
    try {
      SocketChannel client = socket.accept();
      SocketChannel behind =
          SocketChannel.open(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort()));
      Thread.ofVirtual().start(() -> copy(client, behind));
      copy(behind, client);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(ByteChannel from, ByteChannel to) {
    try (from;
        to) {
      ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
      while (from.read(buffer) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          to.write(buffer);
        }
        buffer.clear();
      }
    } catch (IOException e) {
      // The other direction has ended, and both channels with it.
    }
  }

  private static final class Images extends ImageServiceGrpc.ImageServiceImplBase {

    private final String info;

    Images(String info) {
      this.info = info;
    }

    @Override
    public void imageStatus(
        ImageStatusRequest request, StreamObserver<ImageStatusResponse> answers) {
      answers.onNext(
          ImageStatusResponse.newBuilder()
              .setImage(Image.newBuilder().setId("sha256:1"))
              .putInfo("info", info)
              .build());
      answers.onCompleted();
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
    server.shutdownNow();
  }
}
