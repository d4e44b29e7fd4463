package top.xtlsoft.stoppablecontainer.e2e.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * A YAML file of {@code e2e/resources/e2e}, as a user would write it.
 *
 * @param text the YAML
 */
public record Fixture(String text) {

  /** Reads a file by its name without folder. */
  public static Fixture of(String file) {
    try (InputStream in = Fixture.class.getResourceAsStream("/e2e/" + file)) {
      if (in == null) {
        throw new IllegalArgumentException("no such fixture: e2e/resources/e2e/" + file);
      }
      return new Fixture(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /** A copy with one text replaced; the text must exist. */
  public Fixture with(String from, String to) {
    if (!text.contains(from)) {
      throw new IllegalArgumentException("'" + from + "' is not in the fixture:\n" + text);
    }
    return new Fixture(text.replace(from, to));
  }
}
