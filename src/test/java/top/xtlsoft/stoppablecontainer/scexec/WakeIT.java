package top.xtlsoft.stoppablecontainer.scexec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * wake between a client and a container: a network namespace of its own listens, and the test is
 * both the client and the container, at the other end of a cable.
 */
class WakeIT {

  private static final String NETWORK = "sc-wake-it";
  private static final String CABLE = "sc-wake-it";
  private static final String CONTAINER = "10.231.78.1";
  private static final String PROVIDER = "10.231.78.2";
  private static final int PORT = 7777;
  private static final int MOST_HELD = 128;
  private static final int TIMEOUT_MS = 30_000;

  private final Container container = Container.create().inNetwork(NETWORK);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeEach
  void layCable() {
    removeCable();
    ip("netns add " + NETWORK);
    ip("link add " + CABLE + " type veth peer name eth0 netns " + NETWORK);
    ip("addr add " + CONTAINER + "/24 dev " + CABLE);
    ip("link set " + CABLE + " up");
    ip("-n " + NETWORK + " addr add " + PROVIDER + "/24 dev eth0");
    ip("-n " + NETWORK + " link set eth0 up");
  }

  @AfterEach
  void removeAll() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
    threads.shutdownNow();
    removeCable();
    container.close();
  }

  private static void removeCable() {
    Started.run(List.of("ip", "netns", "del", NETWORK));
    Started.run(List.of("ip", "link", "del", CABLE));
  }

  private static void ip(String arguments) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments.split(" ")));
    assertEquals(new Finished(0, "", ""), Started.run(command));
  }

  private Started wake(String... options) {
    List<String> command = new ArrayList<>(List.of("/.sc-bin/wake", "--port=" + PORT));
    command.addAll(List.of(options));
    Started wake = container.start(command.toArray(String[]::new));
    open.add(wake);
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .ignoreException(IOException.class)
        .until(
            () ->
                Files.readString(Path.of("/proc/" + wake.firstInside().pid() + "/net/tcp6"))
                    .contains("%04X 0".formatted(PORT)));
    return wake;
  }

  private Socket connect() {
    try {
      Socket socket = new Socket();
      open.add(socket);
      socket.setSoTimeout(TIMEOUT_MS);
      socket.connect(new InetSocketAddress(PROVIDER, PORT), TIMEOUT_MS);
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A reset may come while the client still connects. */
  private void connectAndRead() throws IOException {
    try {
      connect().getInputStream().read();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private ServerSocket listen() throws IOException {
    ServerSocket server = new ServerSocket();
    open.add(server);
    server.setReuseAddress(true);
    server.setSoTimeout(TIMEOUT_MS);
    server.bind(new InetSocketAddress(InetAddress.getByName(CONTAINER), PORT), 256);
    return server;
  }

  private Socket accept(ServerSocket server) throws IOException {
    Socket socket = server.accept();
    open.add(socket);
    socket.setSoTimeout(TIMEOUT_MS);
    return socket;
  }

  private void answerAddress(String request) {
    container.answer(
        """
        {"version":1,"request":"%s","result":"ready","address":"%s"}
        """
            .formatted(request, CONTAINER));
  }

  private static void send(Socket socket, byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static void assertReset(Socket socket) {
    SocketException reset =
        assertThrows(SocketException.class, () -> socket.getInputStream().read());
    assertEquals("Connection reset", reset.getMessage());
  }

  @Test
  void asksForTheContainerWhileAConnectionWaits() throws Exception {
    wake();
    Path request = container.path("/.sc-request/request.json");
    assertFalse(Files.exists(request));
    connect();
    container.awaitRequest();
    assertEquals("{\"version\":1,\"type\":\"wake\",\"port\":7777}\n", Files.readString(request));
  }

  @Test
  void handsOnWhatWasSentBeforeTheStartAndTheEndOfIt() throws Exception {
    wake();
    Socket client = connect();
    send(client, "before".getBytes(StandardCharsets.UTF_8));
    answerAddress(container.awaitRequest());
    // The program listens only now.
    try (ServerSocket server = listen()) {
      Socket served = accept(server);
      assertEquals("before", text(served));
      send(served, "after".getBytes(StandardCharsets.UTF_8));
      assertEquals("after", text(client));
    }
  }

  @Test
  void losesNoByteInEitherDirection() throws Exception {
    wake();
    ServerSocket server = listen();
    Socket client = connect();
    answerAddress(container.awaitRequest());
    Socket served = accept(server);
    Future<String> sentUp = threads.submit(() -> sendMuch(client, 1));
    Future<String> sentDown = threads.submit(() -> sendMuch(served, 2));
    Future<String> gotUp = threads.submit(() -> takeAll(served));
    assertEquals(takeAll(client), sentDown.get());
    assertEquals(gotUp.get(), sentUp.get());
  }

  /** Sends 24 MiB and ends; returns their hash. */
  private static String sendMuch(Socket socket, long seed) throws Exception {
    MessageDigest hash = MessageDigest.getInstance("SHA-256");
    Random random = new Random(seed);
    byte[] block = new byte[64 << 10];
    for (int i = 0; i < 384; i++) {
      random.nextBytes(block);
      hash.update(block);
      socket.getOutputStream().write(block);
    }
    socket.shutdownOutput();
    return HexFormat.of().formatHex(hash.digest());
  }

  private static String takeAll(Socket socket) throws Exception {
    MessageDigest hash = MessageDigest.getInstance("SHA-256");
    byte[] block = new byte[64 << 10];
    for (int got; (got = socket.getInputStream().read(block)) > 0; ) {
      hash.update(block, 0, got);
    }
    return HexFormat.of().formatHex(hash.digest());
  }

  @Test
  void handsOnAReset() throws Exception {
    wake();
    ServerSocket server = listen();
    Socket client = connect();
    answerAddress(container.awaitRequest());
    Socket served = accept(server);
    // One that is reset before wake knows that it is connected is tried again.
    client.getOutputStream().write('a');
    assertEquals('a', served.getInputStream().read());
    served.setSoLinger(true, 0);
    served.close();
    assertReset(client);
  }

  @Test
  void resetsWhatItHoldsWhenTheContainerCannotBeStarted() throws Exception {
    Started wake = wake();
    Socket client = connect();
    container.answer(
        """
        {"version":1,"request":"%s","result":"ready","message":"no such image"}
        """
            .formatted(container.awaitRequest()));
    assertReset(client);
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> wake.stderrSoFar().contains("wake: reset 1 connections: no such image"));
    assertTrue(wake.process().isAlive());
  }

  @Test
  void asksAgainWhenTheContainerDoesNotAnswerAtItsAddress() throws Exception {
    wake();
    Socket client = connect();
    String first = container.awaitRequest();
    answerAddress(first);
    String second = container.awaitRequestOtherThan(first);
    assertEquals(
        "{\"version\":1,\"type\":\"wake\",\"port\":7777,\"again\":true}\n",
        Files.readString(container.path("/.sc-request/request.json")));
    ServerSocket server = listen();
    answerAddress(second);
    send(accept(server), "late".getBytes(StandardCharsets.UTF_8));
    assertEquals("late", text(client));
  }

  @Test
  void resetsConnectionsFromElsewhereAndAsksForNothing() throws Exception {
    wake("--from=192.0.2.0/24", "--from=fd00::/8");
    SocketException reset = assertThrows(SocketException.class, this::connectAndRead);
    assertTrue(reset.getMessage().startsWith("Connection reset"), reset.getMessage());
    assertFalse(Files.exists(container.path("/.sc-request/request.json")));
  }

  @Test
  void takesConnectionsFromItsNetworks() throws Exception {
    wake("--from=192.0.2.0/24", "--from=10.231.78.0/30");
    connect();
    container.awaitRequest();
  }

  @Test
  void takesItsRequestBackWhenTheClientIsGone() throws Exception {
    Started wake = wake();
    Socket client = connect();
    String request = container.awaitRequest();
    String inode = request.substring(0, request.indexOf('.'));
    assertTrue(isLocked(wake, inode));
    client.setSoLinger(true, 0);
    client.close();
    Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> !isLocked(wake, inode));
  }

  private static boolean isLocked(Started wake, String inode) throws IOException {
    return Files.readAllLines(Path.of("/proc/locks")).stream()
        .anyMatch(
            line ->
                line.contains("WRITE " + wake.firstInside().pid() + " ")
                    && line.contains(":" + inode + " 0 EOF"));
  }

  @Test
  void holdsALimitedNumberAndServesAllOfThem() throws Exception {
    Started wake = wake();
    List<Socket> clients = new ArrayList<>();
    for (int i = 0; i < MOST_HELD + 12; i++) {
      clients.add(connect());
      clients.getLast().getOutputStream().write(i);
    }
    String request = container.awaitRequest();
    Path descriptors = Path.of("/proc/" + wake.firstInside().pid() + "/fd");
    Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> count(descriptors) > MOST_HELD);
    assertTrue(count(descriptors) < MOST_HELD + 12, "what it has no room for waits in the kernel");

    ServerSocket server = listen();
    threads.submit(
        () -> {
          while (true) {
            Socket served = accept(server);
            threads.submit(
                () -> {
                  served.getOutputStream().write(served.getInputStream().read());
                  served.close();
                  return null;
                });
          }
        });
    answerAddress(request);
    threads.submit(
        () -> {
          String last = request;
          while (true) {
            last = container.awaitRequestOtherThan(last);
            answerAddress(last);
          }
        });
    for (int i = 0; i < clients.size(); i++) {
      assertEquals(i, clients.get(i).getInputStream().read());
      clients.get(i).close();
    }
  }

  private static long count(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.count();
    }
  }

  @Test
  void servesOnUntilTheLastConnectionEndsWhenItIsToldToStop() throws Exception {
    Started wake = wake();
    ServerSocket server = listen();
    Socket client = connect();
    String request = container.awaitRequest();
    answerAddress(request);
    Socket served = accept(server);
    Socket waits = connect();
    container.awaitRequestOtherThan(request);

    wake.signal(wake.firstInside(), "TERM");
    assertReset(waits);
    assertThrows(UncheckedIOException.class, this::connect);
    send(client, "up".getBytes(StandardCharsets.UTF_8));
    assertEquals("up", text(served));
    assertTrue(wake.process().isAlive());
    send(served, "down".getBytes(StandardCharsets.UTF_8));
    assertEquals("down", text(client));
    assertEquals(0, wake.finish().exitCode());
  }

  /** The kernel would end the connections of a killed process like one that has sent all. */
  @Test
  void resetsBothSidesWhenItIsKilled() throws Exception {
    Started wake = wake();
    ServerSocket server = listen();
    Socket client = connect();
    answerAddress(container.awaitRequest());
    Socket served = accept(server);
    client.getOutputStream().write("up".getBytes(StandardCharsets.UTF_8));
    served.getOutputStream().write("down".getBytes(StandardCharsets.UTF_8));
    assertEquals("up", new String(served.getInputStream().readNBytes(2), StandardCharsets.UTF_8));
    assertEquals("down", new String(client.getInputStream().readNBytes(4), StandardCharsets.UTF_8));

    wake.signal(wake.firstInside(), "KILL");
    assertReset(client);
    assertReset(served);
  }

  /**
   * poll(2) reports a hang-up also when no event is asked for, and would return at once for ever.
   */
  @Test
  void sleepsWhileNothingMoves() throws Exception {
    Started wake = wake();
    ServerSocket server = listen();
    Socket client = connect();
    answerAddress(container.awaitRequest());
    Socket served = accept(server);
    Future<?> sent = threads.submit(() -> send(served, new byte[3 << 20]));
    client.shutdownOutput();
    assertEquals(-1, served.getInputStream().read());
    Path status = Path.of("/proc/" + wake.firstInside().pid() + "/status");
    AtomicReference<String> before = new AtomicReference<>(switches(status));
    Awaitility.await()
        .during(1, TimeUnit.SECONDS)
        .atMost(20, TimeUnit.SECONDS)
        .until(() -> before.getAndSet(switches(status)).equals(before.get()));
    assertEquals(3 << 20, client.getInputStream().readAllBytes().length);
    sent.get();
  }

  private static String switches(Path status) throws IOException {
    return Files.readAllLines(status).stream()
        .filter(line -> line.contains("ctxt_switches"))
        .toList()
        .toString();
  }
}
