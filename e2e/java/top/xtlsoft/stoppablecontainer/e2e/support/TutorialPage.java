package top.xtlsoft.stoppablecontainer.e2e.support;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page of docs/tutorials, as its reader goes through it: YAML blocks are files, called as their
 * first line says; lines of console blocks that begin with $ are typed, and those below are what
 * must be answered (none: whatever comes).
 *
 * @param text the page, with images that the test cluster has
 */
public record TutorialPage(String text) {

  private static final Pattern BLOCK =
      Pattern.compile("^```(yaml|console)\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern NAME = Pattern.compile("# (\\S+)\n");

  private record Typed(String command, List<String> answer) {}

  /** Reads a page by its name without ending. */
  public static TutorialPage of(String name) {
    try {
      return new TutorialPage(
          Files.readString(Path.of("docs", "tutorials", name + ".md"))
              .replaceAll("image: (debian|postgres):", "image: stoppablecontainer-e2e/$1:"));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the tutorial " + name, e);
    }
  }

  /** The YAML of that file. */
  public Fixture file(String name) {
    return blocks("yaml").stream()
        .filter(yaml -> yaml.startsWith("# " + name + "\n"))
        .map(Fixture::new)
        .findFirst()
        .orElseThrow(() -> new AssertionError("the page has no file " + name));
  }

  /** Types all of its commands, in a folder that has its files. */
  public void follow(TestNamespace ns) {
    try {
      Path folder = Files.createTempDirectory("tutorial");
      for (String yaml : blocks("yaml")) {
        Matcher name = NAME.matcher(yaml);
        if (!name.lookingAt()) {
          throw new AssertionError("a file without a name:\n" + yaml);
        }
        Files.writeString(folder.resolve(name.group(1)), yaml);
      }
      List<Typed> all = blocks("console").stream().flatMap(b -> typed(b).stream()).toList();
      if (all.isEmpty()) {
        throw new AssertionError("the page has no commands");
      }
      for (Typed typed : all) {
        step("$ %s", typed.command);
        String answer = ns.shell(folder, typed.command).ok();
        if (!typed.answer.isEmpty() && !typed.answer.equals(answer.lines().toList())) {
          throw new AssertionError(
              "'%s' was answered%n%s%nand not, as the page has it,%n%s"
                  .formatted(typed.command, answer, String.join("\n", typed.answer)));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the page's files", e);
    }
  }

  private List<String> blocks(String language) {
    return BLOCK
        .matcher(text)
        .results()
        .filter(block -> block.group(1).equals(language))
        .map((MatchResult block) -> block.group(2))
        .toList();
  }

  private static List<Typed> typed(String block) {
    List<Typed> all = new ArrayList<>();
    for (String line : block.lines().toList()) {
      if (line.startsWith("$ ")) {
        all.add(new Typed(line.substring(2), new ArrayList<>()));
      } else if (all.isEmpty()) {
        throw new AssertionError("an answer without a command: " + line);
      } else {
        all.getLast().answer().add(line);
      }
    }
    return all;
  }
}
