package top.xtlsoft.stoppablecontainer.agent.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import top.xtlsoft.stoppablecontainer.agent.RefusedException;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

/** A process can make /proc as long as it likes; the agent reads what fits its heap. */
@Timeout(60)
class RequesterIT {

  private static final ThreadMXBean THREADS =
      ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

  private final LinuxSyscalls linux = new JnrSyscalls();
  private Process process;
  @TempDir private Path folder;

  @AfterEach
  void end() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().onExit().join();
  }

  private Requester start(ProcessBuilder builder) throws IOException {
    process = builder.start();
    BufferedReader output = process.inputReader();
    assertEquals("ready", output.readLine());
    return Requester.hold(linux, (int) process.pid()).orElseThrow();
  }

  @Test
  void readsTheBeginningOfALargeEnvironment() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder("env", "-i", "MARK=true", "LARGE=" + "x".repeat(100_000), "LAST=1");
    builder.command().addAll(List.of("sh", "-c", "echo ready; exec sleep 1000"));
    try (Requester requester = start(builder)) {
      assertTrue(requester.environmentHolds("MARK=true"));
      assertFalse(requester.environmentHolds("LAST=1"));
    }
  }

  @Test
  void refusesAListOfMountsThatIsTooLong() throws Exception {
    // The kernel writes four bytes for a blank.
    ProcessBuilder builder =
        new ProcessBuilder(
            "unshare",
            "--mount",
            "sh",
            "-ec",
            """
            name=$(printf '%250s' '')
            place="$1"
            for i in 1 2 3 4 5 6 7 8 9 10 11 12; do place="$place/$name"; done
            mkdir -p "$place"
            for i in $(seq 80); do mount -t tmpfs none "$place"; mkdir -p "$place"; done
            echo ready
            exec sleep 1000
            """,
            "sh",
            folder.toString());
    try (Requester requester = start(builder)) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      assertThrows(RefusedException.class, requester::mounts);
      long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
      assertTrue(allocated < 8 << 20, allocated + " bytes");
    }
  }
}
