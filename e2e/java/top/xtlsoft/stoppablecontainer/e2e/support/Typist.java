package top.xtlsoft.stoppablecontainer.e2e.support;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * Types the commands of pages as a reader does: in a folder with the page's files, with kubectl's
 * context in the test's namespace and this checkout's plugin on the path; make and commands with a
 * path of the repository run in the checkout. The output must match the page, except for numbers,
 * the width of columns, and lines where the page shows {@code ...}.
 */
public final class Typist implements AutoCloseable {

  /** Commands that run until they are interrupted; typed in a second terminal. */
  private static final Pattern STAYS =
      Pattern.compile(
          " port-forward |kubectl proxy| sc trace | logs (.* )?-f( |$)| (-w|--watch)$|^make run$");

  /** Commands that show the state: readers look again until a change is through. */
  private static final Pattern LOOKS = Pattern.compile("^kubectl (get|describe|logs) ");

  private static final Pattern TERMINAL = Pattern.compile(" (-it|-ti) | sc shell ");
  private static final Pattern CHECKOUT =
      Pattern.compile("\\bmake |\\b(kustomize|helm|hack|e2e|plugin)/\\w");

  /** Output that shows an expected refusal. */
  private static final Pattern REFUSED = Pattern.compile("^(Error|error:|The \\S+ \").*");

  /** tar's message for an empty input. */
  private static final String NO_ARCHIVE = "does not look like a tar archive";

  private final TestNamespace ns;
  private final Path folder;
  private final Path bin;
  private final Map<String, String> here = new LinkedHashMap<>();
  private final Map<String, String> environment = new LinkedHashMap<>();
  private final List<Process> staying = new ArrayList<>();

  public Typist(TestNamespace ns) {
    this.ns = ns;
    try {
      Path own = Files.createTempDirectory("typist");
      folder = Files.createDirectory(own.resolve("folder"));
      bin = Files.createDirectory(own.resolve("bin"));
      Path checkout = Path.of("").toAbsolutePath();
      Files.createSymbolicLink(own.resolve("stoppablecontainer"), checkout);
      Path kubectl = Path.of(ClusterEnv.kubectlPath());
      Files.createSymbolicLink(bin.resolve("kubectl"), kubectl);
      environment.put(
          "PATH",
          String.join(
              ":",
              bin.toString(),
              checkout.resolve("target/plugin").toString(),
              System.getenv("PATH")));
      Path config = own.resolve("kubeconfig");
      Files.copy(Path.of(System.getenv("KUBECONFIG")), config);
      environment.put("KUBECONFIG", config.toString());
      environment.put("KUBECTL", kubectl.toString());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the typist's folder", e);
    }
    run("kubectl config set-context --current --namespace=" + ns.name(), "").ok();
    ClusterEnv.get().givePublicImages();
  }

  /** The working folder; the checkout is beside it. */
  public Path folder() {
    return folder;
  }

  /** Replaces a text of the page by the test's own value. */
  public Typist with(String written, String here) {
    this.here.put(written, here);
    return this;
  }

  /** Sets an environment variable. */
  public Typist set(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** Puts a program on the path under this name. */
  public Typist program(String name, Path program) {
    try {
      Files.createSymbolicLink(bin.resolve(name), program.toAbsolutePath());
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot link " + name, e);
    }
  }

  /** Types all commands of a page. */
  public void type(String page) {
    type(page, "");
  }

  /** Types all commands of a section, in a folder with the page's files. */
  public void type(String page, String section) {
    DocPage read = DocPage.of(page);
    read.files().forEach(this::write);
    for (DocCommand command : read.commands(section)) {
      if (!DocExceptions.excuses(command.text())) {
        type(command);
      }
    }
    hangUp();
  }

  /** Types one command and compares the output. */
  public String type(DocCommand command) {
    String line = asHere(command.line());
    step("%s %s", command.onNode() ? "node#" : "$", line);
    ns.typed(command.text());
    if (STAYS.matcher(command.text()).find()) {
      return stay(line);
    }
    if (LOOKS.matcher(command.text()).find() && !command.answer().isEmpty()) {
      return awaitAnswer(line, command);
    }
    Result result = command.onNode() ? ClusterEnv.get().shellOnNode(line) : run(line, command);
    compare(command, result);
    return result.out();
  }

  private String awaitAnswer(String line, DocCommand command) {
    AtomicReference<String> answer = new AtomicReference<>();
    Awaitility.await(line)
        .atMost(Timeouts.CONDITION)
        .untilAsserted(
            () -> {
              Result result = run(line, command);
              answer.set(result.out());
              compare(command, result);
            });
    return answer.get();
  }

  private Result run(String line, DocCommand command) {
    if (!command.input().isEmpty()) {
      String input = asHere(String.join("\n", command.input())) + "\n";
      return ExecInput.untilGiven(got -> got.out().isBlank(), () -> run(line, input));
    }
    return ExecInput.untilGiven(
        got -> got.exit() != 0 && got.err().contains(NO_ARCHIVE), () -> run(line, ""));
  }

  private void compare(DocCommand command, Result result) {
    List<String> shown = command.answer();
    boolean refused = !shown.isEmpty() && REFUSED.matcher(shown.getFirst()).matches();
    String answer = refused ? result.err() : result.ok();
    if (refused && result.exit() == 0) {
      throw new AssertionError("not refused: " + result);
    }
    if (!shown.isEmpty() && !pattern(shown).matcher(answer.stripTrailing()).matches()) {
      throw new AssertionError(
          "'%s' was answered%n%s%nand not, as the page has it,%n%s"
              .formatted(command.line(), answer, String.join("\n", shown)));
    }
  }

  private Pattern pattern(List<String> shown) {
    List<String> lines = new ArrayList<>();
    for (String line : shown) {
      lines.add(line.strip().equals("...") ? "(?s:.*)" : lineLike(asHere(line).strip()));
    }
    return Pattern.compile(" *" + String.join(" *\n *", lines));
  }

  /** Compares without numbers and spaces; "..." matches anything. */
  private static String lineLike(String line) {
    return Stream.of(line.split(" +"))
        .map(
            word ->
                word.equals("...")
                    ? ".*"
                    : Pattern.quote(word).replaceAll("[0-9.]*[0-9]", "\\\\E[0-9.]*[0-9]\\\\Q"))
        .collect(Collectors.joining(" *"));
  }

  /** Runs a line that is on no page. */
  public Result run(String line) {
    return run(asHere(line), "");
  }

  private Result run(String line, String input) {
    boolean terminal = TERMINAL.matcher(line).find();
    String typed = terminal ? "script -qec %s /dev/null".formatted(ClusterEnv.quote(line)) : line;
    return Command.run(
        command(typed, line),
        terminal ? input + "exit\n" : input,
        line.contains("make ") ? Timeouts.MAKE : Timeouts.PLUGIN);
  }

  private List<String> command(String typed, String line) {
    Path place = CHECKOUT.matcher(line).find() ? Path.of("").toAbsolutePath() : folder;
    List<String> command = new ArrayList<>(List.of("env", "-C", place.toString()));
    environment.forEach((name, value) -> command.add(name + "=" + value));
    command.addAll(List.of("bash", "-o", "pipefail", "-ec", typed));
    return command;
  }

  /** Starts a command and leaves it running after its first output. */
  private String stay(String line) {
    Command.Staying started = Command.stay(command(line, line), Timeouts.COMMAND);
    staying.add(started.process());
    return started.firstLine();
  }

  private void hangUp() {
    for (Process process : staying) {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
    }
    staying.clear();
  }

  private void write(String name, String text) {
    try {
      Files.writeString(folder.resolve(name), asHere(text));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + name, e);
    }
  }

  private String asHere(String written) {
    String text = written;
    for (Map.Entry<String, String> one : here.entrySet()) {
      text = text.replace(one.getKey(), one.getValue());
    }
    return text;
  }

  @Override
  public void close() {
    hangUp();
  }
}
