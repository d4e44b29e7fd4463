package top.xtlsoft.stoppablecontainer.agent.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.FakeContainer;
import top.xtlsoft.stoppablecontainer.agent.Instance;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RecordingSyscalls;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.attach.ContainerAttacher;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemMounter;
import top.xtlsoft.stoppablecontainer.agent.filesystem.FileSystemRemover;
import top.xtlsoft.stoppablecontainer.agent.filesystem.ImageLayers;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.FileSystemStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.HostFolderStore;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.Storage;
import top.xtlsoft.stoppablecontainer.agent.filesystem.store.StorageSettings;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

/** Processes that were started in a container before its attach, on the real kernel. */
@Timeout(60)
class EarlyProcessesIT {

  private static final String POD = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
  private static final String KEY = "ns/one";
  private static final String CONTAINER = "c".repeat(64);

  /** Says that it is where it is to be, and stays there. */
  private static final String STAY = "; echo there; read end";

  private final RecordingSyscalls recording = new RecordingSyscalls(new JnrSyscalls());
  private final LinuxSyscalls linux = recording.linux();
  private final Node node = Node.open(linux);
  private final FileSystemStore store =
      new HostFolderStore(linux, node, StorageSettings.from(Map.of()));
  private final FileSystemRemover remover = new FileSystemRemover(linux, node, store);
  private final Occupants occupants = new Occupants(linux);
  private final FileSystemMounter mounter =
      new FileSystemMounter(linux, node, store, remover, occupants);
  private final ContainerAttacher attacher = new ContainerAttacher(linux, node, occupants);
  private final EarlyProcesses early = new EarlyProcesses(linux);
  private final List<Process> started = new ArrayList<>();
  private Scratch scratch;
  private FakeContainer container;
  private Instance instance;

  @BeforeEach
  void startContainer() throws IOException {
    scratch = new Scratch();
    Path image = scratch.folder("image");
    Files.createDirectories(image.resolve("folder"));
    // Programs find their loader in the persistent root, too.
    for (String link : List.of("lib", "lib64")) {
      Files.createSymbolicLink(image.resolve(link), Path.of("usr", link));
    }
    container = FakeContainer.start(scratch.path());
    instance =
        new Instance("ns", "one", "uid-1", new Storage(scratch.path() + "/prefix"), "image:1");
    recording.cgroup(
        Files.writeString(
            scratch.path().resolve("cgroup"),
            "0::/kubepods/besteffort/pod" + POD + "/" + CONTAINER + "\n"));
    // The agent itself holds the old root open.
    recording.leaveOut(ProcessHandle.current().pid());
  }

  @AfterEach
  void stopContainer() throws IOException {
    started.forEach(process -> process.destroyForcibly().onExit().join());
    container.close();
    remover.remove(store.placeOf(instance));
    scratch.close();
  }

  /** As a runtime starts what {@code kubectl exec} asks for. */
  private Process exec(String... command) throws IOException {
    List<String> line =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--mount=/proc/" + container.pid() + "/ns/mnt",
                "--root=/proc/" + container.pid() + "/root"));
    line.addAll(List.of(command));
    return awaitThere(new ProcessBuilder(line));
  }

  private Process awaitThere(ProcessBuilder builder) throws IOException {
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    started.add(process);
    assertEquals("there", process.inputReader().readLine());
    return process;
  }

  private void attach() {
    try (Requester requester = Requester.hold(linux, container.pid()).orElseThrow();
        Fd image = requester.root()) {
      mounter.mount(
          instance,
          image,
          ImageLayers.of(requester.mounts().root().orElseThrow()),
          Optional::empty);
      try (Fd rootfs = mounter.mounted(instance).orElseThrow()) {
        attacher
            .attach(requester, rootfs, UserNamespace.ofNode(node), i -> {}, true)
            .oldRoot()
            .flatMap(old -> early.left(KEY, POD, requester, old))
            .ifPresentOrElse(early::note, Assertions::fail);
      }
    }
  }

  /** As its queue does it. */
  private void endEarly() {
    Awaitility.await()
        .until(
            () -> {
              try {
                early.forget(early.end(KEY));
                return true;
              } catch (NotYetException e) {
                return false;
              }
            });
  }

  private static void assertEnds(Process process) throws InterruptedException {
    assertTrue(process.waitFor(10, TimeUnit.SECONDS), "it lives on in the old root");
    assertEquals(128 + 9, process.exitValue());
  }

  private void assertLives(Process process, String where) throws IOException {
    assertTrue(process.isAlive());
    assertEquals(
        where, Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/cwd")).toString());
  }

  @Test
  void endsAProcessWhoseWorkingDirectoryIsInTheOldRoot() throws Exception {
    Process left = exec("bash", "-c", "cd /folder" + STAY);
    Process moved = exec("bash", "-c", "cd /" + STAY);
    attach();
    assertTrue(left.isAlive());
    endEarly();
    assertEnds(left);
    assertLives(moved, "/");
    assertTrue(container.path("/").toFile().exists(), "the first process lives on");
  }

  @Test
  void endsAProcessThatHasAFileOfTheOldRootOpen() throws Exception {
    Process left = exec("bash", "-c", "cd /; exec 3>>/own" + STAY);
    attach();
    endEarly();
    assertEnds(left);
  }

  @Test
  void endsAProcessThatChangedItsRoot() throws Exception {
    Process left =
        exec(
            "python3",
            "-c",
            "import os; os.chroot('/folder'); print('there', flush=True); input()");
    attach();
    endEarly();
    assertEnds(left);
  }

  @Test
  void endsTheChildrenOfWhatItEnds() throws Exception {
    Process left = exec("bash", "-c", "cd /folder; ( exec sh -c 'echo there; read a' )");
    List<ProcessHandle> children = left.descendants().toList();
    assertFalse(children.isEmpty());
    attach();
    endEarly();
    for (ProcessHandle child : children) {
      Awaitility.await().until(() -> hasEnded(child.pid()));
    }
    assertEnds(left);
  }

  /** A zombie has ended: the process that inherits it here may never reap it. */
  private static boolean hasEnded(long pid) throws IOException {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) == 'Z';
    } catch (NoSuchFileException reaped) {
      return true;
    }
  }

  @Test
  void leavesAProcessToLeaveByItselfThatRunsTheFirstOnesProgram() throws Exception {
    // The first process runs sleep here, in place of sc-exec.
    Process waiting = exec("bash", "-c", "cd /folder; echo there; exec sleep 1000");
    Path program = Path.of("/proc/" + waiting.pid() + "/exe");
    Awaitility.await().until(() -> Files.readSymbolicLink(program).endsWith("sleep"));
    attach();
    endEarly();
    assertTrue(waiting.isAlive());
  }

  @Test
  void endsNoProcessOfAnotherContainer() throws Exception {
    Process other = exec("bash", "-c", "cd /folder" + STAY);
    recording.leaveOut(other.pid());
    attach();
    endEarly();
    assertTrue(other.isAlive());
  }

  @Test
  void waitsForARuntimeThatIsAboutToStartAProgram() throws Exception {
    String fork =
        """
        import os, sys
        namespace = os.open(f"/proc/{sys.argv[1]}/ns/mnt", os.O_RDONLY)
        child = os.fork()
        if child == 0:
            import ctypes
            ctypes.CDLL(None).setns(namespace, 0)
            os.chdir("/folder")
            print("there", flush=True)
            sys.stdin.read()
            os.execv("/usr/bin/sleep", ["sleep", "1000"])
        os.waitpid(child, 0)
        """;
    Process runtime =
        awaitThere(new ProcessBuilder("python3", "-c", fork, Integer.toString(container.pid())));
    recording.leaveOut(runtime.pid());
    attach();
    assertTrue(assertThrows(NotYetException.class, () -> early.end(KEY)).tryAgain());
    ProcessHandle child = runtime.children().findFirst().orElseThrow();
    assertTrue(child.isAlive());
    // It becomes the program that waits for the attach by itself.
    runtime.getOutputStream().close();
    Awaitility.await()
        .until(
            () ->
                Files.readSymbolicLink(Path.of("/proc/" + child.pid() + "/exe")).endsWith("sleep"));
    endEarly();
    assertTrue(child.isAlive());
    child.destroyForcibly();
  }
}
