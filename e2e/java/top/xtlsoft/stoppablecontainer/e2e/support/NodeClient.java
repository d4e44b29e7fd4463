package top.xtlsoft.stoppablecontainer.e2e.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.NamespaceThread;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/** A TCP client on the embedded node, from where Services are reached as from a pod. */
public final class NodeClient {

  private static final LinuxSyscalls LINUX = new JnrSyscalls();
  private static final NamespaceThread THREADS = new NamespaceThread(LINUX);

  private NodeClient() {}

  /**
   * Sends a request and the end of it, and takes the answer until its end.
   *
   * @param silence the longest time in which nothing comes
   * @throws IOException when the connection is refused, reset or silent, or the node is off
   */
  public static byte[] exchange(String address, int port, byte[] request, Duration silence)
      throws IOException {
    try (Socket socket = connect(address, port, silence)) {
      return exchange(socket, request);
    }
  }

  /**
   * The same with a connection that is there.
   *
   * @throws IOException when it is reset or silent
   */
  public static byte[] exchange(Socket socket, byte[] request) throws IOException {
    // When the client gives up, the other side gets a reset, and no more work for it.
    socket.setSoLinger(true, 0);
    Thread sender = Thread.ofVirtual().start(() -> send(socket, request));
    try {
      byte[] answer = socket.getInputStream().readAllBytes();
      sender.join();
      return answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** A failure shows itself to the one that takes the answer. */
  private static void send(Socket socket, byte[] request) {
    try {
      socket.getOutputStream().write(request);
      socket.shutdownOutput();
    } catch (IOException e) {
      try {
        socket.close();
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
    }
  }

  /**
   * Connects; Java makes the socket on the calling thread.
   *
   * @param silence the longest time until the connection is there, and later in which nothing comes
   * @throws IOException when the connection is refused or not there in time, or the node is off
   */
  public static Socket connect(String address, int port, Duration silence) throws IOException {
    try {
      return THREADS.call(
          "client",
          () -> {
            try (Fd network =
                LINUX.openat(
                    Fd.CWD,
                    ClusterEnv.get().nodeRoot().resolveSibling("ns/net").toString(),
                    Linux.O_RDONLY,
                    0)) {
              LINUX.setnsNetwork(network);
            }
            Socket socket = new Socket();
            try {
              int timeout = (int) silence.toMillis();
              socket.connect(new InetSocketAddress(InetAddress.getByName(address), port), timeout);
              socket.setSoTimeout(timeout);
              return socket;
            } catch (IOException e) {
              socket.close();
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (SyscallException e) {
      throw new IOException("the node is off", e);
    }
  }
}
