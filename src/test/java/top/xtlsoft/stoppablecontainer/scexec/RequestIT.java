package top.xtlsoft.stoppablecontainer.scexec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** sc-exec as the first process: the request, the wait, and what the answer leads to. */
class RequestIT {

  private final Container container = Container.create();

  @AfterEach
  void removeContainer() {
    container.close();
  }

  private static void becomes(Started started, String program) {
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () ->
                Files.readString(
                        Path.of("/proc", Long.toString(started.firstInside().pid()), "comm"))
                    .strip(),
            program::equals);
  }

  /** The kernel's list of locks, for a file: "POSIX ADVISORY WRITE pid ... :inode ...". */
  private boolean isLockedBy(ProcessHandle process, String inode) throws IOException {
    return Files.readAllLines(Path.of("/proc/locks")).stream()
        .anyMatch(
            line ->
                line.contains("POSIX")
                    && line.contains("WRITE " + process.pid() + " ")
                    && line.contains(":" + inode + " 0 EOF"));
  }

  @ParameterizedTest
  @CsvSource({"mount, 1", "attach, 2"})
  void asksForWhatItWasTold(String type, int version) throws Exception {
    try (Started started = container.startScExec("--request=" + type, "--", "true")) {
      container.awaitRequest();
      Path request = container.path("/.sc-request/request.json");
      assertEquals(
          "{\"version\":%d,\"type\":\"%s\"}\n".formatted(version, type), Files.readString(request));
      assertEquals(
          "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(request)));
      try (var files = Files.list(request.getParent())) {
        assertEquals(List.of(request), files.toList());
      }
      assertTrue(started.process().isAlive());
    }
  }

  @Test
  void holdsTheLockUntilTheCommandRuns() throws Exception {
    try (Started started = container.startScExec("--request=mount", "--", "sleep", "100")) {
      String request = container.awaitRequest();
      String inode = request.substring(0, request.indexOf('.'));
      assertTrue(isLockedBy(started.firstInside(), inode));

      container.answer("{\"version\":1,\"request\":\"1.2.3\",\"result\":\"ready\"}");
      container.answerReady(request, "0:0");
      becomes(started, "sleep");
      assertFalse(isLockedBy(started.firstInside(), inode));
    }
  }

  @Test
  void leavesNoDescriptorToTheCommand() {
    try (Started started = container.startScExec("--request=mount", "--", "ls", "/proc/self/fd")) {
      container.answerReady(container.awaitRequest(), "0:0");
      assertEquals(List.of("0", "1", "2", "3"), started.finish().lines()); // 3 is of ls itself
    }
  }

  @Test
  void replacesWhatAnEarlierRunLeft() {
    container.write("/.sc-request/.request.json.new", "half a requ");
    container.write("/.sc-request/request.json", "an older request");
    String older = container.awaitRequest();
    container.answerReady(older, container.firstRoot());
    try (Started started = container.startScExec("--request=attach", "--", "echo", "ran")) {
      String request = container.awaitRequestOtherThan(older);
      assertEquals("", started.stdoutSoFar());
      container.answerReady(request, container.firstRoot());
      assertEquals(new Finished(0, "ran\n", ""), started.finish());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {".request.json.new", "request.json"})
  void movesAsideWhatIsInItsWay(String name) throws Exception {
    container.write("/.sc-request/" + name + "/full/file", "of a process that was taken over");
    for (int i = 0; i < 2; i++) {
      String folder = name.equals("request.json") ? container.awaitRequest() : "";
      try (Started started = container.startScExec("--request=mount", "--", "echo", "ran")) {
        container.answerReady(container.awaitRequestOtherThan(folder), "0:0");
        assertEquals(new Finished(0, "ran\n", ""), started.finish());
      }
      Files.delete(container.path("/.sc-request/request.json"));
      Files.createDirectories(container.path("/.sc-request/" + name + "/full"));
    }
  }

  @Test
  void neverFollowsASymlinkThatLiesInItsWay() throws Exception {
    Path victim = container.write("/tmp/victim", "kept");
    Files.createSymbolicLink(
        container.path("/.sc-request/.request.json.new"), Path.of("/tmp/victim"));
    try (Started started = container.startScExec("--request=mount", "--", "true")) {
      container.answerReady(container.awaitRequest(), "0:0");
      assertEquals(0, started.finish().exitCode());
    }
    assertEquals("kept", Files.readString(victim));
  }

  @Test
  void ignoresAnswersToOtherRequests() {
    container.answerRefused("1.2.3", "Stale", "of an earlier run");
    try (Started started = container.startScExec("--request=attach", "--", "echo", "ran")) {
      String request = container.awaitRequest();
      container.answerReady("4.5.6", container.firstRoot());
      container.answerRefused(request + "0", "Stale", "of another request");
      container.answerReady(request, container.firstRoot());
      assertEquals(new Finished(0, "ran\n", ""), started.finish());
    }
  }

  @Test
  void runsNothingInAnotherRootThanTheAnswersOne() {
    try (Started started = container.startScExec("--request=attach", "--", "echo", "ran")) {
      container.answerReady(container.awaitRequest(), container.persistentRoot());
      Finished finished = started.finish();
      assertEquals(125, finished.exitCode());
      assertEquals("", finished.stdout());
      assertTrue(
          finished.stderr().contains("nothing is run outside the persistent file system"),
          finished::stderr);
    }
  }

  @Test
  void runsNothingWhenTheAnswerNamesNoRoot() {
    try (Started started = container.startScExec("--request=attach", "--", "echo", "ran")) {
      container.answer(
          "{\"version\":1,\"request\":\"%s\",\"result\":\"ready\"}"
              .formatted(container.awaitRequest()));
      assertEquals(
          new Finished(125, "", "sc-exec: /.sc-ready/ready.json names no root\n"),
          started.finish());
    }
  }

  @Test
  void printsWhyItWasRefused() {
    try (Started started = container.startScExec("--request=attach", "--", "echo", "ran")) {
      container.answerRefused(
          container.awaitRequest(), "LayersChanged", "the image of\\n\\u001b[1m demo changed");
      assertEquals(
          new Finished(
              125,
              "",
              "sc-exec: the node agent refused: LayersChanged: the image of  [1m demo changed\n"),
          started.finish());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "version, '\"version\":2,\"result\":\"ready\"', has version 2; this sc-exec knows 1",
    "result, '\"version\":1,\"result\":\"later\"', has the unknown result later",
  })
  void refusesAnAnswerThatItDoesNotKnow(String part, String fields, String message) {
    try (Started started = container.startScExec("--request=mount", "--", "echo", "ran")) {
      container.answer("{\"request\":\"%s\",%s}".formatted(container.awaitRequest(), fields));
      assertEquals(
          new Finished(125, "", "sc-exec: /.sc-ready/ready.json " + message + "\n"),
          started.finish());
    }
  }

  @ParameterizedTest
  @CsvSource({"TERM,15", "INT,2", "HUP,1", "QUIT,3", "USR1,10", "RTMIN+3,37"})
  void endsTheWaitOnASignal(String name, int number) {
    try (Started started = container.startScExec("--request=attach", "--", "echo", "ran")) {
      container.awaitRequest();
      started.signal(started.firstInside(), name);
      Finished finished = started.finish();
      assertEquals(128 + number, finished.exitCode());
      assertEquals("", finished.stdout());
      assertTrue(finished.stderr().contains("signal " + number + " came"), finished::stderr);
    }
  }

  @Test
  void leavesSignalsToTheCommandAsItGotThem() {
    String[] show = {"grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status"};
    Finished plain = container.run(show);
    try (Started started =
        container.startScExec("--request=mount", "--", show[0], show[1], show[2], show[3])) {
      container.answerReady(container.awaitRequest(), "0:0");
      assertEquals(plain, started.finish());
    }
  }

  @Test
  void saysAfterTenSecondsWhatItWaitsFor() {
    try (Started started = container.startScExec("--request=attach", "--", "echo", "ran")) {
      String request = container.awaitRequest();
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(
              () -> started.stderrSoFar().contains("still waiting for the node agent to attach"));
      container.answerReady(request, container.firstRoot());
      Finished finished = started.finish();
      assertEquals("ran\n", finished.stdout());
      assertEquals(1, finished.stderr().lines().count(), finished::stderr);
    }
  }

  /** What it would say would be the first output of the next start. */
  @Test
  void parkedItSaysNothingHoweverLongItWaits() {
    try (Started started =
        container.startScExec("--request=attach", "--parked", "--", "echo", "ran")) {
      String request = container.awaitRequest();
      Awaitility.await()
          .during(12, TimeUnit.SECONDS)
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> started.stderrSoFar().isEmpty());
      container.answerReady(request, container.firstRoot());
      assertEquals(new Finished(0, "ran\n", ""), started.finish());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[\"echo\",\"e\"] | [\"c\"] | ''  | e c",
        "[\"echo\",\"e\"] | []      | ''  | e",
        "[]               | [\"echo\",\"c\"] | '' | c",
        "[\"echo\",\"e\"] | [\"c\"] | a b | e a b",
        "[]               | [\"c\"] | echo a | a",
        "null             | null    | echo a | a",
      })
  void runsTheImagesEntrypointAsKubeletDoes(
      String entrypoint, String cmd, String arguments, String output) {
    String[] command = ("--request=attach --image-entrypoint -- " + arguments).strip().split(" +");
    try (Started started = container.startScExec(command)) {
      container.answerReady(container.awaitRequest(), container.firstRoot(), entrypoint, cmd);
      assertEquals(new Finished(0, output + "\n", ""), started.finish());
    }
  }

  @Test
  void runsTheCommandGivenInsteadOfTheImages() {
    try (Started started = container.startScExec("--request=attach", "--", "echo", "mine")) {
      container.answerReady(
          container.awaitRequest(), container.firstRoot(), "[\"echo\",\"e\"]", "[\"c\"]");
      assertEquals(new Finished(0, "mine\n", ""), started.finish());
    }
  }

  @Test
  void saysThatThereIsNothingToRun() {
    try (Started started = container.startScExec("--request=attach", "--image-entrypoint", "--")) {
      container.answerReady(container.awaitRequest(), container.firstRoot());
      Finished finished = started.finish();
      assertEquals(125, finished.exitCode());
      assertTrue(
          finished.stderr().contains("the image has neither ENTRYPOINT nor CMD"), finished::stderr);
    }
  }

  @Test
  void passesTheImagesWordsOnAsTheyAre() {
    try (Started started = container.startScExec("--request=attach", "--image-entrypoint", "--")) {
      container.answerReady(
          container.awaitRequest(),
          container.firstRoot(),
          "[\"printf\",\"<%s>\"]",
          """
          [ "", "a b", "\\"\\\\\\/\\b\\f\\n\\r\\t", "\\u0041\\u00e9\\u20ac\\ud83d\\ude00", "é€😀" ]
          """);
      assertEquals(new Finished(0, "<><a b><\"\\/\b\f\n\r\t><Aé€😀><é€😀>", ""), started.finish());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 42, 127, 255})
  void becomesTheCommandWithItsExitCode(int exitCode) {
    try (Started started =
        container.startScExec("--request=mount", "--", "sh", "-c", "exit " + exitCode)) {
      container.answerReady(container.awaitRequest(), "0:0");
      assertEquals(new Finished(exitCode, "", ""), started.finish());
    }
  }

  @Test
  void runsTheCommandInTheRootThatWasAttached() {
    container.write("/srv/app/where", "first root");
    container.write("/persistent/srv/app/where", "persistent root");
    container.inDirectory("/srv/app");
    try (Started started =
        container.startScExec("--request=attach", "--", "sh", "-c", "pwd; cat where; echo $$")) {
      String request = container.awaitRequest();
      container.attach(started);
      container.answerReady(request, container.persistentRoot());
      assertEquals(new Finished(0, "/srv/app\npersistent root1\n", ""), started.finish());
    }
  }

  @Test
  void makesTheWorkingDirectoryThatThePersistentRootLacks() throws Exception {
    container.write("/srv/app/where", "first root");
    container.inDirectory("/srv/app");
    try (Started started = container.startScExec("--request=attach", "--", "pwd")) {
      String request = container.awaitRequest();
      container.attach(started);
      container.answerReady(request, container.persistentRoot());
      assertEquals(new Finished(0, "/srv/app\n", ""), started.finish());
    }
    assertEquals(
        "rwxr-xr-x",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(container.path("/persistent/srv/app"))));
  }

  @Test
  void startsInTheRootFolderWhenTheWorkingDirectoryCannotBeMade() {
    container.write("/srv/app/where", "first root");
    container.inDirectory("/srv/app").asUser(1000);
    try (Started started = container.startScExec("--request=attach", "--", "pwd")) {
      String request = container.awaitRequest();
      container.attach(started);
      container.answerReady(request, container.persistentRoot());
      Finished finished = started.finish();
      assertEquals("/\n", finished.stdout());
      assertTrue(
          finished.stderr().contains("working directory /srv/app: No such file or directory"),
          finished::stderr);
    }
  }

  @Test
  void keepsTheNamesOfTerminalAndNull() {
    try (Started started =
        container.start(
            "sh",
            "-c",
            "script -qec \"/.sc-bin/sc-exec --request=attach -- sh -c 'tty; readlink"
                + " /proc/self/fd/1; readlink /proc/self/fd/2' 2</dev/null\" /dev/null")) {
      String request = container.awaitRequest();
      container.attach(started);
      container.answerReady(request, container.persistentRoot());
      List<String> lines = started.finish().lines();
      assertEquals(3, lines.size(), lines::toString);
      assertTrue(lines.get(0).matches("/dev/pts/[0-9]+"), lines::toString);
      assertEquals(List.of(lines.get(0), "/dev/null"), lines.subList(1, 3));
    }
  }

  /** What the runtime took from the first root's passwd is not a choice; all else is. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PATH=/usr/bin                | /srv/ada",
        "PATH=/usr/bin HOME=/home/ada | /srv/ada",
        "PATH=/usr/bin HOME=/         | /",
        "PATH=/usr/bin HOME=/else     | /else",
      })
  void takesTheHomeOfThePersistentRoot(String variables, String home) {
    container.write("/persistent/etc/passwd", "ada:x:1000:1000::/srv/ada:/bin/sh\n");
    container.asUser(1000).withVariables(variables);
    try (Started started = container.startScExec("--request=attach", "--", "printenv", "HOME")) {
      String request = container.awaitRequest();
      container.attach(started);
      container.answerReady(request, container.persistentRoot());
      assertEquals(new Finished(0, home + "\n", ""), started.finish());
    }
  }

  @Test
  void saysThatItCannotWriteTheRequest() throws Exception {
    Files.delete(container.path("/.sc-request"));
    try (Started started = container.startScExec("--request=mount", "--", "true")) {
      assertEquals(
          new Finished(
              125,
              "",
              "sc-exec: create /.sc-request/.request.json.new: No such file or directory\n"),
          started.finish());
    }
    Files.createDirectory(container.path("/.sc-request"));
  }
}
