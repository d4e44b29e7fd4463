package top.xtlsoft.stoppablecontainer.agent.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import jnr.constants.platform.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.FakeContainer;
import top.xtlsoft.stoppablecontainer.agent.FuseRoot;
import top.xtlsoft.stoppablecontainer.agent.Node;
import top.xtlsoft.stoppablecontainer.agent.RecordingSyscalls;
import top.xtlsoft.stoppablecontainer.agent.Scratch;
import top.xtlsoft.stoppablecontainer.agent.attach.ContainerAttacher;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/**
 * A look at the node's processes, one of which lives in a file system that fails or never answers.
 */
@Timeout(60)
class ForeignRootIT {

  private static final String POD = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
  private static final String NEXT = "ffffffff-0a1b-0a1b-0a1b-0a1b2c3d4e5f";

  private final RecordingSyscalls recording = new RecordingSyscalls(new JnrSyscalls());
  private final LinuxSyscalls linux = recording.linux();
  private final PodProcesses processes = new PodProcesses(linux);
  private Scratch scratch;
  private FakeContainer container;
  private long device;

  @BeforeEach
  void startContainer() throws IOException {
    scratch = new Scratch();
    container = FakeContainer.start(scratch.path());
    device = linux.stat(Fd.CWD, container.path("/").toString()).dev();
    recording.cgroup(
        Files.writeString(
            scratch.path().resolve("cgroup"), "0::/kubepods/besteffort/pod" + POD + "/1\n"));
  }

  @AfterEach
  void stopContainer() throws IOException {
    container.close();
    scratch.close();
  }

  private void assertFindsTheContainerAlone() throws IOException {
    Optional<Integer> found = Optional.of(container.pid());
    assertEquals(found, processes.onDevice(device));
    assertEquals(found, processes.ofOthersOnDeviceOrOf(device, Map.of(), NEXT));
    container.close();
    assertEquals(Optional.empty(), processes.onDevice(device));
  }

  @Test
  void isNotFailedByAProcessWhoseRootIsForbidden() throws IOException {
    try (FuseRoot foreign = FuseRoot.forbidden(scratch.folder("fuse"))) {
      SyscallException refused =
          assertThrows(
              SyscallException.class, () -> linux.stat(Fd.CWD, "/proc/" + foreign.pid() + "/root"));
      assertEquals(Errno.EACCES, refused.errno());
      assertFindsTheContainerAlone();
    }
  }

  @Test
  void doesNotWaitForAProcessWhoseRootNeverAnswers() throws IOException {
    try (FuseRoot foreign = FuseRoot.silent(scratch.folder("fuse"))) {
      linux.look(Fd.CWD, "/proc/" + foreign.pid() + "/root");
      assertFindsTheContainerAlone();
    }
  }

  @Test
  void distinguishesARequesterWhoseRootNeverAnswersFromAnAttachedOne() throws IOException {
    ContainerAttacher attacher =
        new ContainerAttacher(linux, Node.open(linux), new Occupants(linux));
    try (FuseRoot foreign = FuseRoot.silent(scratch.folder("fuse"));
        Requester requester = Requester.hold(linux, (int) foreign.pid()).orElseThrow();
        Fd rootfs = linux.openat(Fd.CWD, container.path("/").toString(), Linux.O_PATH, 0)) {
      assertEquals(false, attacher.isAttached(requester, rootfs));
    }
  }
}
