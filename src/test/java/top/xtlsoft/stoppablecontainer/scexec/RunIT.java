package top.xtlsoft.stoppablecontainer.scexec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** sc-exec as kubectl exec, a probe or a hook runs it: it becomes the command. */
class RunIT {

  private final Container container = Container.create();

  @BeforeEach
  void attached() {
    container.answerReady("1.2.3", container.firstRoot());
  }

  @AfterEach
  void removeContainer() {
    container.close();
  }

  @Test
  void passesEveryExitCodeThrough() {
    Finished finished =
        container.script("for i in $(seq 0 255); do $E sh -c \"exit $i\"; echo \"$i $?\"; done");
    assertEquals(
        IntStream.rangeClosed(0, 255).mapToObj(i -> i + " " + i).toList(), finished.lines());
  }

  @Test
  void diesOfEverySignalThatItsCommandDiesOf() {
    List<Integer> deadly =
        IntStream.rangeClosed(1, 64)
            // ignored or stopping by default, or no signal of the C library's
            .filter(i -> !List.of(17, 18, 19, 20, 21, 22, 23, 28, 32, 33).contains(i))
            .boxed()
            .toList();
    Finished finished =
        container.script(
            "for i in %s; do $E sh -c \"kill -$i \\$\\$\"; echo \"$i $?\"; done"
                .formatted(String.join(" ", deadly.stream().map(i -> i.toString()).toList())));
    assertEquals(deadly.stream().map(i -> i + " " + (128 + i)).toList(), finished.lines());
  }

  @Test
  void keepsSignalsIgnoredThatWereIgnored() {
    String show = "grep -E '^Sig(Ign|Blk)' /proc/self/status\n";
    List<String> lines = container.script("trap '' HUP INT\n" + show + "$E " + show).lines();
    assertEquals(lines.subList(0, 2), lines.subList(2, 4));
    assertTrue(lines.get(1).endsWith("3"), () -> "HUP and INT are not ignored: " + lines);
  }

  @Test
  void passesArgumentsAsTheyAre() {
    assertEquals(
        "<><a b><--request=mount><--><*><é>",
        container.script("$E printf '<%s>' '' 'a b' --request=mount -- '*' é").stdout());
  }

  @Test
  void acceptsDashesBeforeTheCommand() {
    assertEquals("-x\n", container.script("$E -- echo -x").stdout());
  }

  @Test
  void passesStdinStdoutAndStderrThrough() {
    Finished finished =
        container.script("head -c 1000000 /dev/zero | $E sh -c 'wc -c; echo to-err >&2'");
    assertEquals(new Finished(0, "1000000\n", "to-err\n"), finished);
  }

  @Test
  void passesATerminalThrough() {
    Finished finished =
        container.script(
            """
            script -qec "$E sh -c 'test -t 0 && test -t 1 && test -t 2 && stty size && tty'" \
              /dev/null </dev/null
            """);
    assertEquals(0, finished.exitCode(), finished::stderr);
    assertTrue(finished.stdout().contains("/dev/pts/"), finished::stdout);
  }

  @Test
  void passesTheEnvironmentThrough() {
    container.withVariables("PATH=/usr/bin HOME=/h A=1 B= C=x=y");
    assertEquals(
        List.of("A=1", "B=", "C=x=y", "HOME=/h", "PATH=/usr/bin"),
        container.run("/.sc-bin/sc-exec", "env").lines().stream().sorted().toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0    | PATH=/usr/bin            | /root",
        "1000 | PATH=/usr/bin            | /home/ada",
        "1000 | PATH=/usr/bin HOME=      | /home/ada",
        "1000 | PATH=/usr/bin HOME=/     | /",
        "1000 | PATH=/usr/bin HOME=/else | /else",
        "4711 | PATH=/usr/bin            | /",
      })
  void setsTheHomeOfTheUser(int userId, String variables, String home) {
    container.asUser(userId).withVariables(variables);
    assertEquals(home + "\n", container.run("/.sc-bin/sc-exec", "printenv", "HOME").stdout());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a line longer than the buffer  | LONG\\n4711:x:4711:0::/found:\\n | /found",
        "no newline at the end          | a:x:4711:0::/found:/bin/sh       | /found",
        "the first of two               | a:x:4711:0::/found:\\nb:x:4711:0::/b:\\n | /found",
        "too few fields                 | a:x:4711\\n4711:4711:\\n         | /",
        "an empty home                  | a:x:4711:0:::/bin/sh\\n          | /",
        "another id that begins so      | a:x:47110:0::/b:\\n              | /",
      })
  void readsAnyPasswd(String what, String text, String home) {
    container.write(
        "/etc/passwd",
        text.replace("LONG", "x:x:4711:0:" + "y".repeat(10_000) + ":/long:").replace("\\n", "\n"));
    container.asUser(4711);
    assertEquals(home + "\n", container.run("/.sc-bin/sc-exec", "printenv", "HOME").stdout(), what);
  }

  @Test
  void saysThatTheCommandIsNotFound() {
    assertEquals(
        new Finished(127, "", "sc-exec: nosuch: not found\n"), container.script("$E nosuch"));
    assertEquals(
        new Finished(127, "", "sc-exec: /no/such: not found\n"), container.script("$E /no/such"));
    assertEquals(
        new Finished(127, "", "sc-exec: /etc/passwd/x: not found\n"),
        container.script("$E /etc/passwd/x"));
    assertEquals(new Finished(127, "", "sc-exec: : not found\n"), container.script("$E ''"));
  }

  @Test
  void saysThatTheCommandIsNotExecutable() {
    assertEquals(
        new Finished(126, "", "sc-exec: /etc/passwd: Permission denied\n"),
        container.script("$E /etc/passwd"));
    assertEquals(
        new Finished(126, "", "sc-exec: passwd: Permission denied\n"),
        container.script("PATH=/usr/bin/nosuch:/etc /.sc-bin/sc-exec passwd"));
    assertEquals(
        new Finished(126, "", "sc-exec: /etc: Is a directory\n"), container.script("$E /etc"));
  }

  @Test
  void saysWhichInterpreterIsMissing() {
    container.program("/script", "#! /no/such/interpreter -x\n");
    assertEquals(
        new Finished(
            127, "", "sc-exec: /script: its interpreter /no/such/interpreter is not found\n"),
        container.script("$E /script"));
  }

  @Test
  void refusesAProgramForAnotherMachine() {
    container.program("/alien", "\177ELF alien\n");
    assertEquals(
        new Finished(
            126, "", "sc-exec: /alien: built for another kind of machine (Exec format error)\n"),
        container.script("$E /alien"));
  }

  @Test
  void runsAScriptWithoutInterpreterLineByTheShell() {
    container.program("/srv/script", "echo \"$0 $#\" \"$@\"; exit 9\n");
    assertEquals(
        new Finished(9, "/srv/script 2 a b c\n", ""), container.script("$E /srv/script a 'b c'"));
    assertEquals(
        new Finished(9, "/srv/script 0\n", ""),
        container.script("PATH=/srv:/bin /.sc-bin/sc-exec script"));
  }

  @Test
  void searchesPathAsAShellDoes() {
    container.program("/a/tool", "#!/bin/sh\necho a\n");
    container.program("/b/tool", "#!/bin/sh\necho b\n");
    container.write("/c/tool", "not executable");
    container.write("/d/tool/x", "a folder");
    String tool = "/.sc-bin/sc-exec tool";
    assertEquals("a\n", container.script("PATH=/a:/b " + tool).stdout());
    assertEquals("b\n", container.script("PATH=/no:/c:/d:/b:/a " + tool).stdout());
    assertEquals("b\n", container.script("cd /b; PATH=/no: " + tool).stdout());
    assertEquals("b\n", container.script("cd /b; PATH= " + tool).stdout());
    assertEquals(127, container.script("PATH=/no:/d " + tool).exitCode());
    assertEquals("ran\n", container.script("unset PATH; /.sc-bin/sc-exec echo ran").stdout());
  }

  @Test
  void waitsUntilTheRootIsAttached() {
    container.answer("{\"version\":1,\"request\":\"1\",\"result\":\"ready\",\"root\":\"1:1\"}");
    container.write("/srv/where", "first root");
    container.write("/persistent/srv/where", "persistent root");
    try (Started started =
        container.start("sh", "-c", "cd /srv; /.sc-bin/sc-exec sh -c 'pwd; cat where' & wait $!")) {
      Awaitility.await()
          .atMost(10, TimeUnit.SECONDS)
          .until(
              () ->
                  started
                      .firstInside()
                      .children()
                      .anyMatch(
                          child ->
                              !child.info().command().isEmpty()
                                  && child.info().command().get().endsWith("/sc-exec")));
      container.attach(started);
      assertEquals("", started.stdoutSoFar());
      container.answerReady("4.5.6", container.persistentRoot());
      assertEquals(new Finished(0, "/srv\npersistent root", ""), started.finish());
    }
  }

  @Test
  void findsItsFolderAgainWhenTheRootWasTakenAwayBeforeItsStart() throws Exception {
    container.write("/srv/where", "first root");
    container.write("/persistent/srv/where", "persistent root");
    try (Started started =
        container.start(
            "sh", "-c", "cd /srv; echo up; read go; /.sc-bin/sc-exec sh -c 'pwd; cat where'")) {
      Awaitility.await()
          .atMost(10, TimeUnit.SECONDS)
          .until(() -> started.stdoutSoFar().equals("up\n"));
      container.attach(started);
      container.answerReady("4.5.6", container.persistentRoot());
      OutputStream stdin = started.process().getOutputStream();
      stdin.write("go\n".getBytes(StandardCharsets.UTF_8));
      stdin.flush();
      assertEquals(new Finished(0, "up\n/srv\npersistent root", ""), started.finish());
    }
  }

  @Test
  void saysThatAContainerHasNoRootOfItsOwn() {
    container.answer("{\"version\":1,\"request\":\"1\",\"result\":\"ready\"}");
    assertEquals(
        new Finished(
            125, "", "sc-exec: this container has no persistent root file system of its own\n"),
        container.script("$E echo ran"));
  }

  @Test
  void reportsTheRefusalOfTheRequestThatLiesThere() {
    container.write("/.sc-request/request.json", "{}");
    container.answerRefused(container.awaitRequest(), "LayersChanged", "the image changed");
    assertEquals(
        new Finished(
            125, "", "sc-exec: the node agent refused: LayersChanged: the image changed\n"),
        container.script("$E echo ran"));
  }

  @Test
  void waitsThroughTheRefusalOfAnEarlierRequest() {
    container.answerRefused("1.2.3", "LayersChanged", "the image changed");
    container.write("/.sc-request/request.json", "{}");
    try (Started started = container.startScExec("echo", "ran")) {
      Awaitility.await()
          .during(300, TimeUnit.MILLISECONDS)
          .atMost(5, TimeUnit.SECONDS)
          .until(() -> started.process().isAlive());
      container.answerReady("4.5.6", container.firstRoot());
      // On a busy machine it waits for long enough to say so on stderr.
      Finished finished = started.finish();
      assertEquals(0, finished.exitCode());
      assertEquals("ran\n", finished.stdout());
    }
  }
}
