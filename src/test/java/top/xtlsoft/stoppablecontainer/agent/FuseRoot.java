package top.xtlsoft.stoppablecontainer.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process whose root is a FUSE file system that does not answer any more. */
public final class FuseRoot implements AutoCloseable {

  private static final String PROGRAM =
      "src/test/resources/top/xtlsoft/stoppablecontainer/agent/fuse-root.py";

  private final Process daemon;
  private final ProcessHandle process;

  private FuseRoot(Process daemon, ProcessHandle process) {
    this.daemon = daemon;
    this.process = process;
  }

  /** One that no process outside its user namespace may look at. */
  public static FuseRoot forbidden(Path folder) throws IOException {
    return start(
        folder, ",allow_other", List.of("unshare", "--user", "--map-root-user", "--mount"));
  }

  /** One whose attributes are waited for without an end. */
  public static FuseRoot silent(Path folder) throws IOException {
    return start(folder, "", List.of("unshare", "--mount"));
  }

  private static FuseRoot start(Path folder, String options, List<String> unshare)
      throws IOException {
    List<String> command = new ArrayList<>(unshare);
    command.addAll(List.of("python3", PROGRAM, folder.toString(), options));
    Process daemon =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String pid = daemon.inputReader().readLine();
    return new FuseRoot(daemon, ProcessHandle.of(Long.parseLong(pid)).orElseThrow());
  }

  public long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    // First: who waits for an answer of the daemon's is let go by its end.
    daemon.destroyForcibly().onExit().join();
    process.destroyForcibly();
  }
}
