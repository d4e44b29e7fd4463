package top.xtlsoft.stoppablecontainer.e2e.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page for users, in the order of reading: a YAML block whose first line is a comment with a name
 * is that file; in a console block, lines behind {@code $ } or a node's {@code node1# } are typed,
 * those behind a prompt with an {@code @} are typed into the command before, and the others are its
 * answer.
 *
 * @param path from the top of the repository
 * @param text its Markdown
 */
public record DocPage(String path, String text) {

  /** Helm's notes after an installation; not Markdown, commands are indented. */
  public static final String NOTES = "helm/stoppablecontainer/templates/NOTES.txt";

  private static final Pattern FENCE = Pattern.compile("^( *)```(\\w*)$");
  private static final Pattern HEADING = Pattern.compile("^#{1,6} +(.+?) *$");
  private static final Pattern TYPED = Pattern.compile("^(\\$|[a-z][a-z0-9]*#) (.*)$");
  private static final Pattern TYPED_INTO = Pattern.compile("^\\S+@\\S+[$#] (.*)$");
  private static final Pattern FILE = Pattern.compile("^# (\\S+\\.yaml)\n");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^ *```\\w*\\n.*?^ *```");
  private static final Pattern SPAN = Pattern.compile("`([^`\\n]+)`");
  private static final Pattern NOTED =
      Pattern.compile("(?m)^ +((?:kubectl|helm|make|echo) (?:.*'\\{.*\\n)?.*)$");

  private record Block(String section, String language, String text) {}

  /** Reads a page; Helm's notes are rendered for the installation that the pages describe. */
  public static DocPage of(String path) {
    try {
      String text = Files.readString(Path.of(path));
      return new DocPage(
          path,
          text.replace("{{ .Release.Namespace }}", "stoppablecontainer-system")
              .replace("{{ .Release.Name }}", "stoppablecontainer"));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path, e);
    }
  }

  /** All pages with commands. */
  public static List<String> paths() {
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      List<String> paths =
          new ArrayList<>(docs.map(Path::toString).filter(file -> file.endsWith(".md")).toList());
      paths.addAll(List.of("README.md", "e2e/README.md", "e2e/cluster/README.md", NOTES));
      return paths.stream().sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list docs", e);
    }
  }

  /** The commands, from top to bottom. */
  public List<DocCommand> commands() {
    if (path.equals(NOTES)) {
      return NOTED.matcher(text).results().map(noted -> command("", "$", noted.group(1))).toList();
    }
    return blocks("console").stream().flatMap(block -> commands(block).stream()).toList();
  }

  /**
   * The commands below a heading, up to the next heading.
   *
   * @param section the heading without its #; empty for all of the page
   * @throws AssertionError if there is no such section, or no command in it
   */
  public List<DocCommand> commands(String section) {
    List<DocCommand> commands =
        commands().stream()
            .filter(command -> section.isEmpty() || command.section().equals(section))
            .toList();
    if (commands.isEmpty()) {
      throw new AssertionError(path + " has no command in its section '" + section + "'");
    }
    return commands;
  }

  /** The commands of a page or, behind a #, of one of its sections. */
  static List<DocCommand> commandsAt(String place) {
    String[] parts = place.split("#", 2);
    return of(parts[0]).commands(parts.length == 1 ? "" : parts[1]);
  }

  /** The page's files by name. */
  public Map<String, String> files() {
    Map<String, String> files = new LinkedHashMap<>();
    for (Block block : blocks("yaml")) {
      Matcher name = FILE.matcher(block.text());
      if (name.lookingAt()) {
        files.put(name.group(1), block.text());
      }
    }
    return files;
  }

  /** The YAML of one of the page's files. */
  public Fixture file(String name) {
    String yaml = files().get(name);
    if (yaml == null) {
      throw new AssertionError(path + " has no file " + name);
    }
    return new Fixture(yaml);
  }

  /** Code in sentences and tables. */
  public List<String> spans() {
    return SPAN.matcher(BLOCK.matcher(text).replaceAll(""))
        .results()
        .map(span -> span.group(1).replace("\\|", "|"))
        .toList();
  }

  /** Blocks of shell code, where commands and output can't be distinguished. */
  List<String> shellBlocks() {
    return blocks().stream()
        .filter(block -> block.language().matches("(ba|z)?sh|shell|"))
        .map(Block::text)
        .toList();
  }

  private List<Block> blocks(String language) {
    return blocks().stream().filter(block -> block.language().equals(language)).toList();
  }

  private List<Block> blocks() {
    List<Block> blocks = new ArrayList<>();
    String section = "";
    String inside = null;
    int indent = 0;
    StringBuilder block = new StringBuilder();
    for (String line : text.lines().toList()) {
      Matcher fence = FENCE.matcher(line);
      Matcher heading = HEADING.matcher(line);
      if (fence.matches()) {
        if (inside != null) {
          blocks.add(new Block(section, inside, block.toString()));
        }
        inside = inside == null ? fence.group(2) : null;
        indent = fence.group(1).length();
        block.setLength(0);
      } else if (inside != null) {
        block.append(line.substring(Math.min(indent, line.length()))).append('\n');
      } else if (heading.matches()) {
        section = heading.group(1);
      }
    }
    return blocks;
  }

  private List<DocCommand> commands(Block block) {
    List<DocCommand> commands = new ArrayList<>();
    List<String> lines = new ArrayList<>(block.text().replace("\\\n", "\\\u0000").lines().toList());
    for (String joined : lines) {
      String line = joined.replace('\u0000', '\n');
      Matcher typed = TYPED.matcher(joined);
      Matcher into = TYPED_INTO.matcher(line);
      if (typed.matches()) {
        commands.add(command(block.section(), typed.group(1), line.split(" ", 2)[1]));
      } else if (commands.isEmpty()) {
        throw new AssertionError(path + " has an answer without a command: " + line);
      } else if (into.matches()) {
        commands.add(with(commands.removeLast(), into.group(1), null));
      } else {
        commands.add(with(commands.removeLast(), null, line));
      }
    }
    return commands;
  }

  private DocCommand command(String section, String prompt, String line) {
    return new DocCommand(path, section, !prompt.equals("$"), line, List.of(), List.of());
  }

  private static DocCommand with(DocCommand command, String input, String answer) {
    return new DocCommand(
        command.page(),
        command.section(),
        command.onNode(),
        command.line(),
        plus(command.input(), input),
        plus(command.answer(), answer));
  }

  private static List<String> plus(List<String> lines, String line) {
    return Stream.concat(lines.stream(), Stream.ofNullable(line)).toList();
  }
}
