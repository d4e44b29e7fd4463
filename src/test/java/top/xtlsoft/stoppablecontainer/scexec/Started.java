package top.xtlsoft.stoppablecontainer.scexec;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A process under test. Its output goes to files, so that it never blocks on a full pipe. */
final class Started implements AutoCloseable {

  private static final long TIMEOUT_SECONDS = 30;

  private final Process process;
  private final Path stdout;
  private final Path stderr;

  private Started(Process process, Path stdout, Path stderr) {
    this.process = process;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  static Started start(List<String> command) {
    try {
      Path stdout = Files.createTempFile("sc-exec-", ".out");
      Path stderr = Files.createTempFile("sc-exec-", ".err");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectOutput(stdout.toFile())
              .redirectError(stderr.toFile());
      builder.environment().clear();
      builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
      return new Started(builder.start(), stdout, stderr);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Process process() {
    return process;
  }

  String stdoutSoFar() {
    return read(stdout);
  }

  String stderrSoFar() {
    return read(stderr);
  }

  /** The first process inside the namespaces that {@code unshare} made. */
  ProcessHandle firstInside() {
    return Awaitility.await()
        .atMost(TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .until(() -> process.children().findFirst(), child -> child.isPresent())
        .orElseThrow();
  }

  void signal(ProcessHandle target, String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(target.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  Finished finish() {
    try {
      process.getOutputStream().close();
      assertTrue(
          process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS),
          () -> "did not end; stdout: " + stdoutSoFar() + " stderr: " + stderrSoFar());
      return new Finished(process.exitValue(), read(stdout), read(stderr));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Kills what still runs. The first process of a pid namespace takes all others with it; it does
   * not die with its parent by itself once it changed its user, which clears {@code unshare
   * --kill-child} (prctl(2), PR_SET_PDEATHSIG).
   */
  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      process.waitFor();
      Files.deleteIfExists(stdout);
      Files.deleteIfExists(stderr);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static Finished run(List<String> command) {
    try (Started started = start(command)) {
      return started.finish();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
