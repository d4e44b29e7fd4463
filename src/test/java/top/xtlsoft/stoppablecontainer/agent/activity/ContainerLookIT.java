package top.xtlsoft.stoppablecontainer.agent.activity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.AgentSettings;
import top.xtlsoft.stoppablecontainer.agent.RecordingSyscalls;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.process.ContainerProcess;
import top.xtlsoft.stoppablecontainer.agent.process.ContainerProcesses;
import top.xtlsoft.stoppablecontainer.agent.request.PodFolders;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.IdleOrder;

/** Processes, terminals, connections and leases of a container, on the real kernel. */
@Timeout(60)
class ContainerLookIT {

  private static final String POD = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
  private static final String CONTAINER = "c".repeat(64);

  /** A look so late that each session is old enough. */
  private static final long LATER = Long.MAX_VALUE;

  private final RecordingSyscalls recording = new RecordingSyscalls(new JnrSyscalls());
  private final LinuxSyscalls linux = recording.linux();
  private final Sessions sessions = new Sessions(linux);
  private final ContainerLook.Memory memory = new ContainerLook.Memory();
  private final List<Process> started = new ArrayList<>();
  private final List<Long> inContainer = new ArrayList<>();
  private Scratch scratch;
  private ContainerLook look;
  private long program;

  @BeforeEach
  void startContainer() throws IOException {
    scratch = new Scratch();
    recording.cgroup(
        Files.writeString(
            scratch.path().resolve("cgroup"),
            "0::/kubepods/besteffort/pod" + POD + "/" + CONTAINER + "\n"));
    Map<String, String> settings = new HashMap<>();
    settings.put("NODE_NAME", "node1");
    settings.put("SC_KUBELET_ROOT", scratch.path().toString());
    look = new ContainerLook(linux, new PodFolders(linux, AgentSettings.from(settings)));
    program = child(start("unshare", "--net", "--pid", "--fork", "--kill-child", "sleep", "1000"));
    add(program);
  }

  @AfterEach
  void stopContainer() throws IOException {
    started.forEach(process -> process.destroyForcibly().onExit().join());
    scratch.close();
  }

  private Process start(String... command) throws IOException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    started.add(process);
    return process;
  }

  /** The process that one of the helpers has started, once it runs a program of its own. */
  private static long child(Process helper) {
    return Awaitility.await()
        .until(
            () ->
                helper
                    .children()
                    .filter(child -> !child.info().command().equals(helper.info().command()))
                    .findFirst(),
            Optional::isPresent)
        .orElseThrow()
        .pid();
  }

  private void add(long pid) {
    inContainer.add(pid);
    recording.inCgroupAre(inContainer.stream().mapToLong(Long::longValue).toArray());
  }

  private String[] inside(String... command) {
    List<String> line =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--net=/proc/" + program + "/ns/net",
                "--pid=/proc/" + program + "/ns/pid"));
    line.addAll(List.of(command));
    return line.toArray(String[]::new);
  }

  /** As a runtime starts what {@code kubectl exec} asks for. */
  private long exec(String... command) throws IOException {
    long pid = child(start(inside(command)));
    add(pid);
    return pid;
  }

  private List<ContainerProcess> processes() {
    return new ContainerProcesses(linux)
        .of(Map.of(CONTAINER, POD), 512)
        .getOrDefault(CONTAINER, List.of());
  }

  private Sessions.Seen sessions(Instant since) {
    return sessions.look(processes(), LATER, since);
  }

  private List<String> busy() {
    Pod pod = new PodBuilder().withNewMetadata().withUid(POD).endMetadata().build();
    return look.look(
            List.of(
                new ContainerLook.Target(
                    pod,
                    CONTAINER,
                    new IdleOrder("30m", null, null),
                    Duration.ofSeconds(2),
                    memory)),
            Instant.now())
        .getFirst()
        .busy();
  }

  private static void await(BooleanSupplier condition) {
    Awaitility.await().until(condition::getAsBoolean);
  }

  @Test
  void theProgramAloneIsNoUse() {
    assertEquals(
        Optional.of((int) program), Sessions.program(processes()).map(ContainerProcess::pid));
    assertEquals(new Sessions.Seen(0, false, false), sessions(Instant.now()));
    assertEquals(List.of(), busy());
    assertEquals(List.of(), busy());
  }

  @Test
  void aSilentSessionWithoutATerminalIsUseOnceItIsOlderThanAProbe() throws IOException {
    exec("sleep", "900");
    assertEquals(new Sessions.Seen(1, false, false), sessions(Instant.MAX));
    long started = processes().stream().mapToLong(ContainerProcess::startTicks).max().orElseThrow();
    assertEquals(
        new Sessions.Seen(0, false, true),
        sessions.look(processes(), started + Sessions.YOUNG_TICKS - 1, Instant.MAX));
  }

  @Test
  void whatASessionHasLeftBehindIsNone() throws IOException {
    Process session = start(inside("sh", "-c", "sleep 800 & echo $!; read end"));
    long shell = child(session);
    add(shell);
    session.inputReader().readLine();
    long left = ProcessHandle.of(shell).orElseThrow().children().findFirst().orElseThrow().pid();
    add(left);
    session.outputWriter().close();
    session.onExit().join();
    assertEquals(2, processes().size());
    assertEquals(new Sessions.Seen(0, false, false), sessions(Instant.now()));
  }

  @Test
  void inASharedPidNamespaceWhatLostItsParentIsNoSession() throws IOException {
    // What was the program is the pod's first process, which is in another container.
    inContainer.clear();
    long main = exec("sleep", "700");
    Process daemon = start(inside("sh", "-c", "setsid sleep 600 & echo; read end"));
    long shell = child(daemon);
    daemon.inputReader().readLine();
    add(ProcessHandle.of(shell).orElseThrow().children().findFirst().orElseThrow().pid());
    daemon.outputWriter().close();
    daemon.onExit().join();
    assertEquals(Optional.of((int) main), Sessions.program(processes()).map(ContainerProcess::pid));
    assertEquals(2, processes().size());
    assertEquals(new Sessions.Seen(0, false, false), sessions(Instant.now()));
  }

  /** A session with a terminal; its shell runs a line first. */
  private void terminal(String line) throws IOException {
    String shell = String.join(" ", inside("sh", "-c", "'" + line + "'"));
    Process script = start("script", "--quiet", "--flush", "--command", shell, "/dev/null");
    long outer = child(script);
    long session =
        Awaitility.await()
            .until(
                () ->
                    ProcessHandle.of(outer).stream()
                        .flatMap(ProcessHandle::descendants)
                        .filter(each -> isInside(each.pid()))
                        .findFirst(),
                Optional::isPresent)
            .orElseThrow()
            .pid();
    add(session);
    script.inputReader().readLine();
  }

  private boolean isInside(long pid) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/pid"))
          .equals(Files.readSymbolicLink(Path.of("/proc/" + program + "/ns/pid")));
    } catch (IOException ended) {
      return false;
    }
  }

  @Test
  void aTerminalIsUseByTheTimesOfItsInputAndOutput() throws IOException {
    terminal("echo there; read end");
    assertEquals(1, sessions(Instant.now().minusSeconds(10)).inUse());
    assertEquals(0, sessions(Instant.now().plusSeconds(10)).inUse());
  }

  @Test
  void aTerminalThatCanNotBeSeenIsUse() throws IOException {
    terminal("echo there; exec sleep 500 </dev/null >/dev/null 2>&1");
    await(() -> sessions(Instant.now().plusSeconds(10)).inUse() == 1);
  }

  @Test
  void aConnectionIsUseWhileItMovesBytes() throws Exception {
    start(inside("ip", "link", "set", "lo", "up")).waitFor();
    Process server = start(inside("socat", "-u", "TCP-LISTEN:7,fork", "CREATE:/dev/null"));
    add(child(server));
    await(() -> isListening(":0007"));
    Process client = start(inside("socat", "-u", "STDIN", "TCP:127.0.0.1:7"));
    client.outputWriter().append("a").flush();
    await(() -> isListening("0100007F:0007"));
    // Sessions are none of this test's, and the servers' processor time is over.
    await(() -> connections().isEmpty());
    client.outputWriter().append("slow").flush();
    assertEquals(List.of("2 connections"), awaitBytes());
    await(() -> connections().isEmpty());
  }

  private List<String> awaitBytes() {
    return Awaitility.await().until(this::connections, found -> !found.isEmpty());
  }

  private List<String> connections() {
    return busy().stream().filter(why -> why.contains("connection")).toList();
  }

  private boolean isListening(String port) {
    try {
      return Files.readString(Path.of("/proc/" + program + "/net/tcp")).contains(port);
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void aBuildWithoutOutputIsUse() throws IOException {
    busy();
    exec("sh", "-c", "while :; do :; done");
    await(() -> busy().contains("processor time"));
  }

  @Test
  void aLeaseIsUseUntilItsTime() throws IOException {
    Path folder =
        Files.createDirectories(
            scratch
                .path()
                .resolve(
                    "pods/" + POD + "/volumes/kubernetes.io~empty-dir/" + ApiNames.VOLUME_REQUEST));
    Path file = folder.resolve("busy-until");
    Files.writeString(file, "2999-01-01T00:00:00Z");
    assertEquals(List.of("busy-until 2999-01-01T00:00:00Z"), busy());
    Files.writeString(file, "1999-01-01T00:00:00Z");
    assertEquals(List.of(), busy());
  }

  @Test
  void whatCanNotBeLookedAtIsUse() {
    recording.failAt(-1);
    busy();
    int setns = recording.calls().lastIndexOf("setnsNetwork");
    assertNotEquals(-1, setns);
    recording.failAt(setns);
    List<String> busy = busy();
    assertEquals(1, busy.size(), busy.toString());
    assertTrue(busy.getFirst().contains("can't be looked at"), busy.toString());
    assertFalse(busy().contains(busy.getFirst()));
  }
}
