package top.xtlsoft.stoppablecontainer.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jnr.constants.platform.Errno;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

class AgentFailuresTest {

  @Test
  void tellsUsersWhatFailedAndNoPathOfTheNode() {
    SyscallException failure =
        new SyscallException("mount", Errno.EIO, "overlay, /var/lib/containerd/1/fs, fd 7");
    assertEquals("mount failed: Input/output error (EIO)", AgentFailures.textOf(failure));
  }

  @Test
  void tellsTheMessageOfOtherFailures() {
    assertEquals("no space left", AgentFailures.textOf(new IllegalStateException("no space left")));
  }
}
