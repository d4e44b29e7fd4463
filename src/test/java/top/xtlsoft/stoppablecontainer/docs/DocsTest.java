package top.xtlsoft.stoppablecontainer.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.api.AgentReason;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;

/** What the pages point at is there. */
class DocsTest {

  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s#]*)(#[^)\\s]*)?\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?) *$");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^ *```\\w*\\n(.*?)^ *```");
  private static final Pattern SPAN = Pattern.compile("`([^`\\n]+)`");

  /** The words behind "make" up to the first that is neither target, option nor variable. */
  private static final Pattern MAKE =
      Pattern.compile("\\bmake((?: +(?:-s|[A-Z_]+=\\S+|[a-z][a-z0-9-]*(?![\\w./])))+)");

  private static final Pattern TARGET = Pattern.compile("(?m)^([a-z][a-z0-9-]*):");

  /** A path from the top of the repository, or one of another program's that looks like it. */
  private static final Pattern PATH =
      Pattern.compile(
          "(?<![\\w./~:-])((?:agent-routes|bench|docs|e2e|hack|helm|image|kustomize|pause|plugin|routes|sc-exec|src|wake)"
              + "/[\\w.{},/-]*)");

  private static final Pattern CHOICE = Pattern.compile("(.*)\\{([^}]*)}(.*)");

  /** A test's class, and one of its methods; Name stands for any. */
  private static final Pattern TEST =
      Pattern.compile(
          "(?<![\\w./*])((?!Name(?:Test|E2E))[A-Z]\\w*(?:Test|IT|E2E))(?:\\.(\\w+))?(?![\\w/])");

  private static final Pattern ROW = Pattern.compile("(?m)^\\|(.*)\\|$");

  static Stream<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      List<Path> pages =
          new ArrayList<>(docs.filter(file -> file.toString().endsWith(".md")).toList());
      pages.addAll(
          List.of(Path.of("README.md"), Path.of("CONTRIBUTING.md"), Path.of("CHANGELOG.md")));
      pages.addAll(
          List.of(
              Path.of("e2e/README.md"), Path.of("e2e/tests.md"), Path.of("e2e/cluster/README.md")));
      return pages.stream().sorted();
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void linksLeadSomewhere(Path page) throws IOException {
    String text = BLOCK.matcher(Files.readString(page)).replaceAll("");
    List<String> broken = new ArrayList<>();
    for (MatchResult link : LINK.matcher(text).results().toList()) {
      if (!link.group(1).matches("(https?|mailto):.*") && !leadsSomewhere(page, link)) {
        broken.add(link.group());
      }
    }
    assertEquals(List.of(), broken, "in " + page);
  }

  @ParameterizedTest
  @MethodSource("pages")
  void targetsOfMakeExist(Path page) throws IOException {
    Set<String> targets = new HashSet<>(found(TARGET, Files.readString(Path.of("Makefile"))));
    assertEquals(
        List.of(),
        code(page).stream()
            .flatMap(code -> found(MAKE, code).stream())
            .flatMap(words -> Stream.of(words.strip().split(" +")))
            .filter(word -> !word.contains("=") && !word.startsWith("-") && !targets.contains(word))
            .toList(),
        "in " + page);
  }

  @ParameterizedTest
  @MethodSource("pages")
  void pathsInTheRepositoryExist(Path page) throws IOException {
    assertEquals(
        List.of(),
        code(page).stream()
            .flatMap(code -> found(PATH, code).stream())
            .map(path -> path.replace("/...", "/top/xtlsoft/stoppablecontainer"))
            .flatMap(DocsTest::choices)
            .filter(path -> !Files.exists(Path.of(path)))
            .toList(),
        "in " + page);
  }

  @ParameterizedTest
  @MethodSource("pages")
  void testsExist(Path page) throws IOException {
    Map<String, String> tests = tests();
    assertEquals(
        List.of(),
        code(page).stream()
            .flatMap(code -> TEST.matcher(code).results())
            .filter(
                test ->
                    !tests.containsKey(test.group(1))
                        || test.group(2) != null
                            && !tests.get(test.group(1)).contains(" void " + test.group(2) + "("))
            .map(MatchResult::group)
            .toList(),
        "in " + page);
  }

  /** Sources of all tests by their class' name. */
  private static Map<String, String> tests() throws IOException {
    Map<String, String> tests = new HashMap<>();
    for (Path folder : List.of(Path.of("src/test/java"), Path.of("e2e/java"))) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          String name = file.getFileName().toString().replace(".java", "");
          tests.put(name, Files.readString(file));
        }
      }
    }
    return tests;
  }

  /** A claim without the test that shows it, a figure without its measure. */
  @ParameterizedTest
  @ValueSource(strings = {"docs/security.md", "docs/reliability.md"})
  void noCellOfATableIsEmpty(String page) throws IOException {
    List<String> rows = found(ROW, Files.readString(Path.of(page)));
    assertFalse(rows.isEmpty(), "tables in " + page);
    assertEquals(
        List.of(),
        rows.stream()
            .filter(row -> Stream.of(row.split("\\|", -1)).anyMatch(String::isBlank))
            .toList(),
        "in " + page);
  }

  @ParameterizedTest
  @MethodSource("reasons")
  void eachReasonIsExplainedToWhoRunsACluster(String reason) throws IOException {
    String page = Files.readString(Path.of("docs/operations.md"));
    String explained = section(page, "Troubleshooting");
    assertEquals(true, explained.contains("`" + reason + "`"), reason + " in docs/operations.md");
  }

  static Stream<String> reasons() {
    return Stream.concat(
            Stream.of(ConditionReason.values()).map(ConditionReason::wire),
            Stream.of(AgentReason.values()).map(AgentReason::wire))
        .distinct();
  }

  private static String section(String page, String... titles) {
    return Stream.of(page.split("(?m)^## "))
        .filter(section -> Stream.of(titles).anyMatch(section::startsWith))
        .collect(Collectors.joining());
  }

  private static boolean leadsSomewhere(Path page, MatchResult link) throws IOException {
    Path target = link.group(1).isEmpty() ? page : page.resolveSibling(link.group(1)).normalize();
    return Files.exists(target)
        && (link.group(2) == null || anchors(target).contains(link.group(2).substring(1)));
  }

  /** As GitHub makes them of headings, all of which are different in a page of ours. */
  private static Set<String> anchors(Path page) throws IOException {
    String text = BLOCK.matcher(Files.readString(page)).replaceAll("");
    return found(HEADING, text).stream()
        .map(heading -> heading.toLowerCase(Locale.ROOT).replaceAll("[^\\w -]", ""))
        .map(heading -> heading.replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  private static List<String> code(Path page) throws IOException {
    String text = Files.readString(page);
    List<String> code = new ArrayList<>(found(BLOCK, text));
    code.addAll(found(SPAN, BLOCK.matcher(text).replaceAll("")));
    return code;
  }

  private static Stream<String> choices(String path) {
    MatchResult choice = CHOICE.matcher(path).results().findFirst().orElse(null);
    return choice == null
        ? Stream.of(path)
        : Stream.of(choice.group(2).split(","))
            .map(word -> choice.group(1) + word + choice.group(3));
  }

  private static List<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(match -> match.group(1)).toList();
  }
}
