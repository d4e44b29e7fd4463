package top.xtlsoft.stoppablecontainer.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import top.xtlsoft.stoppablecontainer.agent.linux.JnrSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;

/** A file system of its own to play with: whatever a test writes is gone when it is closed. */
public final class Scratch implements AutoCloseable {

  /** The namespace that the kernel starts with; a mount that goes wrong there would stay. */
  private static final String MACHINES_PIDS = "pid:[4026531836]";

  private static final LinuxSyscalls LINUX = new JnrSyscalls();

  private final Path path;

  public Scratch() throws IOException {
    if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)
        || Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).endsWith(MACHINES_PIDS)) {
      throw new IllegalStateException(
          "these tests mount: run them as root (make test-integration)");
    }
    // An overlay's upper can't lie on an overlay, which the temporary folder may well do.
    path = Files.createTempDirectory("agent-it-");
    LINUX.mount("agent-it", path.toString(), "tmpfs", 0, "size=16m,mode=755");
  }

  public Path path() {
    return path;
  }

  public Path folder(String name) throws IOException {
    return Files.createDirectories(path.resolve(name));
  }

  @Override
  public void close() throws IOException {
    LINUX.umount(path.toString(), 2);
    Files.delete(path);
  }
}
