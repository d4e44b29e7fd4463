package top.xtlsoft.stoppablecontainer.e2e.support;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs a program of this machine. */
final class Command {

  private Command() {}

  static Result run(List<String> command, String stdin, Duration timeout) {
    String text = String.join(" ", command);
    try {
      Process process = new ProcessBuilder(command).start();
      CompletableFuture<String> out = read(process.getInputStream());
      CompletableFuture<String> err = read(process.getErrorStream());
      try (OutputStream in = process.getOutputStream()) {
        in.write(stdin.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // The program ended without reading its input; its exit code shows the reason.
      }
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new AssertionError(
            "'%s' did not end within %s; stdout: %s; stderr: %s"
                .formatted(text, timeout, out.join(), err.join()));
      }
      return new Result(text, process.exitValue(), out.join(), err.join());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run '" + text + "'", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in '" + text + "'", e);
    }
  }

  /**
   * A running program.
   *
   * @param process must be ended by the caller
   * @param firstLine first line of its output
   */
  record Staying(Process process, String firstLine) {}

  /** Starts a program that keeps running, and waits for its first line. */
  static Staying stay(List<String> command, Duration timeout) {
    String text = String.join(" ", command);
    Process process = null;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      BufferedReader said = process.inputReader();
      CompletableFuture<String> first = new CompletableFuture<>();
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  first.complete(said.readLine());
                  // Otherwise a full pipe would block the program.
                  said.transferTo(Writer.nullWriter());
                } catch (IOException e) {
                  first.completeExceptionally(e);
                }
              });
      String line = first.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      if (line == null) {
        throw new AssertionError("'" + text + "' ended without a word");
      }
      return new Staying(process, line);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run '" + text + "'", e);
    } catch (ExecutionException | TimeoutException e) {
      process.destroyForcibly();
      throw new AssertionError("'" + text + "' said nothing", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in '" + text + "'", e);
    }
  }

  private static CompletableFuture<String> read(InputStream stream) {
    CompletableFuture<String> text = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try (stream) {
                text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
              } catch (IOException e) {
                text.completeExceptionally(e);
              }
            });
    return text;
  }
}
