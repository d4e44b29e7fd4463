package top.xtlsoft.stoppablecontainer.agent.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import top.xtlsoft.stoppablecontainer.agent.RecordingSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** Whose layers a file system is made on: the runtime's word decides, not a process' own. */
@Timeout(60)
class RootfsProcessFinderIT {

  private static final String POD = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
  private static final String OTHER_POD = "ffffffff-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
  private static final String ROOTFS = "a".repeat(64);
  private static final String OTHER = "b".repeat(64);

  private final RecordingSyscalls recording = new RecordingSyscalls(new JnrSyscalls());
  private Process marked;
  @TempDir private Path folder;

  @BeforeEach
  void startMarkedProcess() throws IOException {
    ProcessBuilder builder = new ProcessBuilder("sleep", "1000");
    builder.environment().put(ApiNames.ENV_ROOTFS_MARKER, "true");
    marked = builder.start();
  }

  @AfterEach
  void endMarkedProcess() {
    marked.destroyForcibly().onExit().join();
  }

  /** Number of the process that is found, when the marked one is in that cgroup. */
  private Optional<Integer> find(String cgroup, List<String> running) throws IOException {
    recording.cgroup(Files.writeString(folder.resolve("cgroup"), cgroup + "\n"));
    RootfsProcessFinder finder =
        new RootfsProcessFinder(
            recording.linux(),
            (pod, name) ->
                pod.equals(POD) && name.equals(ApiNames.CONTAINER_ROOTFS) ? running : List.of());
    try (Requester requester =
        Requester.hold(recording.linux(), (int) ProcessHandle.current().pid()).orElseThrow()) {
      Optional<Requester> found = finder.find(requester, POD);
      found.ifPresent(Requester::close);
      return found.map(Requester::pid);
    }
  }

  @Test
  void findsTheMarkedProcessOfTheContainerThatTheRuntimeNames() throws Exception {
    assertEquals(
        Optional.of((int) marked.pid()),
        find("0::/kubepods/pod" + POD + "/" + ROOTFS, List.of(ROOTFS)));
  }

  @Test
  void passesOverADebuggingContainerThatCarriesTheMark() throws Exception {
    String debugger = "0::/kubepods/pod" + POD + "/" + OTHER;
    assertEquals(Optional.empty(), find(debugger, List.of(ROOTFS)));
    assertEquals(Optional.empty(), find(debugger, List.of()));
  }

  @Test
  void passesOverACgroupThatAContainerMadeBelowItsOwn() throws Exception {
    assertEquals(
        Optional.empty(),
        find(
            "0::/kubepods/pod" + OTHER_POD + "/" + OTHER + "/pod" + POD + "/" + ROOTFS,
            List.of(ROOTFS)));
  }
}
