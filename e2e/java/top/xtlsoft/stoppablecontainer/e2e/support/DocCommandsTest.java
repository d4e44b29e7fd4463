package top.xtlsoft.stoppablecontainer.e2e.support;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each command of a page is typed by an end-to-end test with {@link Types} or by make verify, or it
 * is an exception with a reason ({@link DocExceptions}).
 */
class DocCommandsTest {

  private static final Path E2E = Path.of("e2e", "java");
  private static final Pattern MAKE = Pattern.compile("^make( .*)?$");

  /** Code in a sentence that is a complete command, not only the name of one. */
  private static final Pattern INSTRUCTION =
      Pattern.compile(
          "^(make|(kubectl|helm|hack/\\w+|e2e/\\S+|curl|nsenter|docker|eval) \\S+ \\S+).*");

  private static final Pattern RECIPE =
      Pattern.compile("(?m)^([a-z][a-z0-9-]*):([a-z0-9 -]*).*\n((?:\t.*\n)*)");

  static List<String> pages() {
    return DocPage.paths();
  }

  static List<String> places() throws IOException {
    try (Stream<Path> files = Files.walk(E2E)) {
      return files
          .map(file -> E2E.relativize(file).toString())
          .filter(file -> file.endsWith("E2E.java"))
          .map(file -> file.replace('/', '.').replaceFirst("\\.java$", ""))
          .flatMap(DocCommandsTest::methodsOf)
          .flatMap(Stream::of)
          .sorted()
          .distinct()
          .toList();
    }
  }

  private static Stream<String[]> methodsOf(String className) {
    try {
      Class<?> test = Class.forName(className, false, DocCommandsTest.class.getClassLoader());
      return Arrays.stream(test.getDeclaredMethods())
          .filter(method -> method.isAnnotationPresent(Types.class))
          .map(method -> method.getAnnotation(Types.class).value());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void thereAreCommandsWhereATestSaysThatItTypesThem(String place) {
    assertFalse(DocPage.commandsAt(place).isEmpty(), place);
  }

  @ParameterizedTest
  @MethodSource("pages")
  void eachCommandIsTypedByATest(String page) throws IOException {
    Set<String> typed = typed();
    Set<String> verified = verified();
    List<String> unknown = new ArrayList<>();
    for (String text : instructions(DocPage.of(page))) {
      if (MAKE.matcher(text).matches()) {
        targets(text).stream()
            .filter(target -> !typed.contains(text))
            .filter(target -> !verified.contains(target))
            .filter(target -> !DocExceptions.excusesTarget(target))
            .forEach(target -> unknown.add("make " + target));
      } else if (!typed.contains(text) && !DocExceptions.excuses(text)) {
        unknown.add(text);
      }
    }
    assertEquals(
        List.of(),
        unknown,
        page
            + " has these, and no test types them: add an end-to-end test with @Types, or a reason"
            + " to DocExceptions");
  }

  @ParameterizedTest
  @MethodSource("pages")
  void commandsStandInConsoleBlocks(String page) {
    assertEquals(List.of(), DocPage.of(page).shellBlocks(), page);
  }

  @Test
  void noExceptionIsMadeForWhatIsTypedOrStandsNowhere() throws IOException {
    Set<String> written = new HashSet<>();
    Set<String> made = new HashSet<>();
    for (String page : pages()) {
      List<String> texts = instructions(DocPage.of(page));
      written.addAll(texts);
      texts.stream()
          .filter(text -> MAKE.matcher(text).matches())
          .forEach(text -> made.addAll(targets(text)));
    }
    List<String> needless = new ArrayList<>();
    for (String text : DocExceptions.commands()) {
      if (!written.contains(text) || typed().contains(text)) {
        needless.add(text);
      }
    }
    for (String target : DocExceptions.targets()) {
      if (!made.contains(target) || verified().contains(target)) {
        needless.add("make " + target);
      }
    }
    assertEquals(List.of(), needless);
  }

  private static List<String> instructions(DocPage page) {
    Stream<String> spans =
        page.spans().stream().map(DocCommand::textOf).filter(t -> INSTRUCTION.matcher(t).matches());
    return Stream.concat(page.commands().stream().map(DocCommand::text), spans).distinct().toList();
  }

  private static Set<String> typed() throws IOException {
    return places().stream()
        .flatMap(place -> DocPage.commandsAt(place).stream())
        .map(DocCommand::text)
        .collect(Collectors.toSet());
  }

  private static List<String> targets(String make) {
    return Stream.of(make.split(" "))
        .skip(1)
        .filter(word -> word.matches("[a-z][a-z0-9-]*"))
        .toList();
  }

  /** Targets that hack/verify makes or whose script it calls, and their dependencies. */
  private static Set<String> verified() throws IOException {
    String verify =
        Files.readString(Path.of("hack/verify")) + Files.readString(Path.of("hack/lint"));
    Map<String, List<String>> needs = new LinkedHashMap<>();
    Set<String> verified = new HashSet<>();
    Matcher recipe = RECIPE.matcher(Files.readString(Path.of("Makefile")));
    while (recipe.find()) {
      String target = recipe.group(1);
      needs.put(target, List.of(recipe.group(2).strip().split(" +")));
      List<String> lines =
          recipe.group(3).lines().map(l -> l.strip().replaceFirst("^@", "")).toList();
      boolean called =
          !lines.isEmpty() && lines.stream().allMatch(l -> called(verify, l.replace(" -q ", " ")));
      if (called
          || Pattern.compile("make -s [a-z -]*\\b" + target + "(?![\\w-])")
              .matcher(verify)
              .find()) {
        verified.add(target);
      }
    }
    for (int before = 0; before < verified.size(); ) {
      before = verified.size();
      verified.addAll(
          verified.stream()
              .flatMap(target -> needs.getOrDefault(target, List.of()).stream())
              .toList());
    }
    return verified;
  }

  private static boolean called(String verify, String line) {
    // A variable of make's is one of the script's.
    String script =
        line.replace("hack/cluster down", "e2e/cluster/cluster down")
            .replaceAll("\\$\\((\\w+)\\)", "\\$$1");
    return Pattern.compile("(?m)" + Pattern.quote(script) + "( |$)")
        .matcher(verify.replace(" -q ", " "))
        .find();
  }
}
