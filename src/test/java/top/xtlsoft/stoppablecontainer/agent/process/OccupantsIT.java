package top.xtlsoft.stoppablecontainer.agent.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.FakeContainer;
import top.xtlsoft.stoppablecontainer.agent.RecordingSyscalls;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;

/** Who lives in a file system, with a process in it whose cgroup is an earlier pod's. */
@Timeout(60)
class OccupantsIT {

  private static final String EARLIER = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
  private static final String NEXT = "ffffffff-0a1b-0a1b-0a1b-0a1b2c3d4e5f";

  private static final String CONTAINER = "1".repeat(64);
  private static final String NEXT_CONTAINER = "2".repeat(64);

  private static final int TRIES = 50;

  /** Its first thread ends, and another goes on. */
  private static final String WITHOUT_FIRST_THREAD =
      """
      import ctypes, threading, time
      threading.Thread(target=time.sleep, args=(1000,)).start()
      ctypes.CDLL(None).pthread_exit(None)
      """;

  private final RecordingSyscalls recording = new RecordingSyscalls(new JnrSyscalls());
  private final PodProcesses processes = new PodProcesses(recording.linux());
  private final Occupants occupants = new Occupants(recording.linux());
  private Scratch scratch;
  private FakeContainer container;
  private long device;

  @BeforeEach
  void startContainer() throws IOException {
    scratch = new Scratch();
    container = FakeContainer.start(scratch.path());
    device = recording.linux().stat(Fd.CWD, container.path("/").toString()).dev();
    recording.cgroup(
        Files.writeString(
            scratch.path().resolve("cgroup"),
            "0::/kubepods/besteffort/pod" + EARLIER + "/" + CONTAINER + "\n"));
    recording.inCgroupAre(container.pid());
    recording.failAt(-1);
  }

  @AfterEach
  void stopContainer() throws IOException {
    container.close();
    scratch.close();
  }

  private Optional<Integer> itsProcess() {
    return Optional.of(container.pid());
  }

  private void assertLooked(boolean looked) {
    assertEquals(looked, recording.calls().contains("look"));
    recording.failAt(-1);
  }

  @Test
  void findsAProcessWhoseFirstThreadHasEnded() throws IOException {
    Process process =
        new ProcessBuilder(
                "nsenter",
                "--mount=/proc/" + container.pid() + "/ns/mnt",
                "--root=/proc/" + container.pid() + "/root",
                "/usr/bin/python3",
                "-c",
                WITHOUT_FIRST_THREAD)
            .inheritIO()
            .start();
    try {
      Path proc = Path.of("/proc/" + process.pid());
      Awaitility.await()
          .failFast("the process ended", () -> !process.isAlive())
          .until(() -> Files.readString(proc.resolve("stat")).contains(") Z "));
      assertThrows(NoSuchFileException.class, () -> Files.readSymbolicLink(proc.resolve("root")));
      recording.inCgroupAre(container.pid(), process.pid());
      container.close();
      assertEquals(Optional.of((int) process.pid()), processes.onDevice(device));
      assertEquals(
          Optional.of((int) process.pid()), processes.ofOthersOnDeviceOrOf(device, Map.of(), NEXT));
      assertEquals(Optional.empty(), processes.ofOthersOnDeviceOrOf(device, Map.of(), EARLIER));
    } finally {
      process.destroyForcibly().onExit().join();
    }
    assertEquals(Optional.empty(), processes.onDevice(device));
  }

  @Test
  void refusesEntryWhileAProcessOfAnEarlierPodLives() throws IOException {
    assertEquals(Optional.empty(), occupants.enter(device, EARLIER, CONTAINER));
    assertEquals(itsProcess(), occupants.enter(device, NEXT, NEXT_CONTAINER));
    occupants.find(device);
    assertEquals(itsProcess(), occupants.enter(device, NEXT, NEXT_CONTAINER));
    container.close();
    assertEquals(Optional.empty(), occupants.enter(device, NEXT, NEXT_CONTAINER));
  }

  @Test
  void looksAtProcessesOfWhatAnAgentBeforeAttached() {
    assertEquals(itsProcess(), occupants.enter(device, NEXT, NEXT_CONTAINER));
    // It does not know whose that was, so it can't tell that they are gone.
    occupants.find(device);
    assertEquals(itsProcess(), occupants.enter(device, NEXT, NEXT_CONTAINER));
  }

  @Test
  void looksAtNoProcessWhenOnlyThatPodWasLetIn() {
    occupants.areNone(device);
    assertEquals(Optional.empty(), occupants.enter(device, EARLIER, CONTAINER));
    assertEquals(Optional.empty(), occupants.enter(device, EARLIER, CONTAINER));
    assertLooked(false);
  }

  @Test
  void looksAtNoProcessWhenAllWereSeenToBeGone() throws IOException {
    occupants.areNone(device);
    assertEquals(Optional.empty(), occupants.enter(device, EARLIER, CONTAINER));
    container.close();
    occupants.find(device);
    assertLooked(true);
    occupants.find(device);
    assertEquals(Optional.empty(), occupants.enter(device, NEXT, NEXT_CONTAINER));
    assertLooked(false);
  }

  @Test
  void noticesAPodThatEntersDuringTheLook() throws Exception {
    // A device's number that was given back may be taken by another mount of this machine first.
    for (int i = 0; i < TRIES; i++) {
      long before = device;
      occupants.areNone(before);
      assertEquals(Optional.empty(), occupants.enter(before, EARLIER, CONTAINER));
      container.close();
      // Its container is started again while the look goes on.
      recording.before("look", () -> occupants.enter(before, EARLIER, CONTAINER));
      occupants.find(before);
      container = FakeContainer.start(scratch.path());
      recording.inCgroupAre(container.pid());
      device = recording.linux().stat(Fd.CWD, container.path("/").toString()).dev();
      if (device == before) {
        assertTrue(occupants.enter(device, NEXT, NEXT_CONTAINER).isPresent());
        return;
      }
    }
    fail("the kernel gave no number again");
  }

  /** In the container's cgroup, with root and working directory of its own. */
  private Process hidden(String program) throws IOException {
    Process process =
        new ProcessBuilder("unshare", "--mount", "python3", "-c", program)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertEquals("there", process.inputReader().readLine());
    return process;
  }

  @Test
  void findsAProcessThatHidesItsRoot() throws Exception {
    occupants.areNone(device);
    assertEquals(Optional.empty(), occupants.enter(device, EARLIER, CONTAINER));
    Process process =
        hidden("import os; os.chroot('/proc'); os.chdir('/'); print('there', flush=True); input()");
    try {
      recording.inCgroupAre(container.pid(), process.pid());
      container.close();
      assertEquals(Optional.empty(), processes.onDevice(device));
      Optional<Integer> found = Optional.of((int) process.pid());
      assertEquals(found, occupants.find(device));
      assertEquals(found, occupants.enter(device, NEXT, NEXT_CONTAINER));
    } finally {
      process.destroyForcibly().onExit().join();
    }
    assertEquals(Optional.empty(), occupants.find(device));
    assertEquals(Optional.empty(), occupants.enter(device, NEXT, NEXT_CONTAINER));
  }

  @Test
  void findsAThreadThatHasARootOfItsOwn() throws Exception {
    String program =
        """
        import ctypes, os, sys, threading
        def enter():
            ctypes.CDLL(None).unshare(0x200)
            os.chroot("/proc/%d/root")
            os.chdir("/")
            print("there", flush=True)
            threading.Event().wait()
        threading.Thread(target=enter, daemon=True).start()
        sys.stdin.read()
        """
            .formatted(container.pid());
    Process process = hidden(program);
    try {
      recording.inCgroupAre(process.pid());
      assertEquals(Optional.of((int) process.pid()), processes.onDevice(device));
    } finally {
      process.destroyForcibly().onExit().join();
    }
    assertEquals(Optional.empty(), processes.onDevice(device));
  }
}
