package top.xtlsoft.stoppablecontainer.e2e.support;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/** Figures that tests measure for docs/reliability.md, without assertions. */
public final class Figures {

  private static final Path FILE = Path.of("target", "reliability", "figures.md");

  private Figures() {}

  /** Records the time since {@code begin}, a {@link System#nanoTime}. */
  public static synchronized void since(long begin, String what) {
    note(what, String.format(Locale.ROOT, "%.1f s", (System.nanoTime() - begin) / 1e9));
  }

  /** Records a figure as a row of a table. */
  public static synchronized void note(String what, String figure) {
    step("measured: %s: %s", what, figure);
    try {
      Files.createDirectories(FILE.getParent());
      Files.writeString(
          FILE,
          "| %s | %s |%n".formatted(what, figure),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + FILE, e);
    }
  }
}
