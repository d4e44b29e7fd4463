package top.xtlsoft.stoppablecontainer.e2e.support;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** The kubectl plugin with a command that runs until the test ends it. */
public final class FollowedPlugin implements AutoCloseable {

  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Thread reader;

  FollowedPlugin(List<String> command) {
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run " + command, e);
    }
    reader = Thread.ofVirtual().start(this::read);
  }

  private void read() {
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      lines.add("cannot read on: " + e);
    }
  }

  /** Waits for an output line with this text. */
  public void awaitLine(String text) {
    Awaitility.await("the plugin shows '" + text + "'")
        .atMost(Timeouts.CONDITION)
        .conditionEvaluationListener(
            condition -> {
              if (condition.getRemainingTimeInMS() < 200 && !condition.isSatisfied()) {
                throw new AssertionError("no '" + text + "' in:\n" + String.join("\n", lines));
              }
            })
        .until(() -> lines.stream().anyMatch(line -> line.contains(text)));
  }

  /** The output so far. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  /** Ends it with a signal, and waits until it and its child processes are gone. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(Timeouts.COMMAND.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("the plugin does not end");
      }
      // Its child processes hold the other end of its output.
      if (!reader.join(Timeouts.COMMAND)) {
        throw new AssertionError("the plugin left a process behind");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
