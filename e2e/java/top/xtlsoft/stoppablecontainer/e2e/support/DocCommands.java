package top.xtlsoft.stoppablecontainer.e2e.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The commands that a section of a page of docs has its reader type. */
public final class DocCommands {

  private static final Pattern BLOCK =
      Pattern.compile("^```console\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

  /** A line after $, and those that a backslash adds to it. */
  private static final Pattern COMMAND =
      Pattern.compile("^\\$ ((?:.*\\\\\n)*.*)$", Pattern.MULTILINE);

  private DocCommands() {}

  /**
   * Reads the commands below a heading, up to the next one.
   *
   * @param page a file of docs/
   * @param heading without its #
   * @throws AssertionError if there is no such section, or no command in it
   */
  public static List<String> of(String page, String heading) {
    try {
      String text = Files.readString(Path.of("docs", page));
      Matcher begin =
          Pattern.compile("^#+ " + Pattern.quote(heading) + "$", Pattern.MULTILINE).matcher(text);
      if (!begin.find()) {
        throw new AssertionError(page + " has no section " + heading);
      }
      String section = text.substring(begin.end()).split("(?m)^#{1,6} ", 2)[0];
      List<String> commands =
          BLOCK
              .matcher(section)
              .results()
              .flatMap(block -> COMMAND.matcher(block.group(1)).results())
              .map(command -> command.group(1))
              .toList();
      if (commands.isEmpty()) {
        throw new AssertionError(page + " has no command in its section " + heading);
      }
      return commands;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + page, e);
    }
  }
}
