package top.xtlsoft.stoppablecontainer.agent.cri;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import javax.net.SocketFactory;

/**
 * A unix socket for libraries that know only {@link Socket}: the JDK has it as a channel alone. It
 * connects to the one path, whatever address it is given.
 */
final class UnixSocket extends Socket {

  private final SocketChannel channel;
  private final InputStream input;
  private final OutputStream output;

  private UnixSocket(String path) throws IOException {
    this.channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      channel.close();
      throw new IOException("no answer at " + path + ": " + e.getMessage(), e);
    }
    this.input = Channels.newInputStream(channel);
    this.output = Channels.newOutputStream(channel);
  }

  /**
   * Makes sockets that are connected to a path.
   *
   * @param path of the socket in the file system
   */
  static SocketFactory factory(String path) {
    return new SocketFactory() {
      @Override
      public Socket createSocket() throws IOException {
        return new UnixSocket(path);
      }

      @Override
      public Socket createSocket(String host, int port) throws IOException {
        return createSocket();
      }

      @Override
      public Socket createSocket(String host, int port, InetAddress local, int localPort)
          throws IOException {
        return createSocket();
      }

      @Override
      public Socket createSocket(InetAddress host, int port) throws IOException {
        return createSocket();
      }

      @Override
      public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
          throws IOException {
        return createSocket();
      }
    };
  }

  @Override
  public InputStream getInputStream() {
    return input;
  }

  @Override
  public OutputStream getOutputStream() {
    return output;
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    try {
      return channel.getRemoteAddress();
    } catch (IOException e) {
      // Closed meanwhile: as java.net.Socket, which says null of one that is not connected.
      return null;
    }
  }

  @Override
  public boolean isConnected() {
    return channel.isConnected();
  }

  @Override
  public boolean isClosed() {
    return !channel.isOpen();
  }

  /** Nothing waits to be sent together at a unix socket. */
  @Override
  public void setTcpNoDelay(boolean on) {}

  /** A read ends when the channel is closed. */
  @Override
  public void setSoTimeout(int milliseconds) {}

  @Override
  public int getSoTimeout() {
    return 0;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
