package top.xtlsoft.stoppablecontainer.e2e.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.ExecInput;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** The kubectl plugin, as users type it. Exit codes are those of docs/kubectl-plugin.md. */
@ClusterTest
class KubectlPluginE2E {

  /** Runs the plugin until the runtime has given it its input; {@code nothing} is said to none. */
  private static Result given(TestNamespace ns, String nothing, String input, String... arguments) {
    return ExecInput.untilGiven(
        result -> result.exit() == 0 && result.out().strip().equals(nothing),
        () -> ns.pluginWithInput(input, arguments));
  }

  private static final int FAILED = 1;
  private static final int USAGE = 2;
  private static final int NOT_RUNNING = 3;
  private static final int NOT_FOUND = 4;
  private static final int TIMED_OUT = 124;

  private static final String SERVICE = "trap 'exit 0' TERM; echo up $A; sleep 86400 & wait";
  private static final String ODD_WORD = "a  \"b\" 'c' \\n $(touch /tmp/no) ü\n\tend";

  @Test
  @Tag("smoke")
  void goesThroughAWholeLife(TestNamespace ns) {
    assertEquals("box is running", create(ns, "box", "--wait").ok());
    assertTrue(ns.plugin("list").ok().matches("(?s)NAME +PHASE +NODE +SINCE +MESSAGE\nbox +Run.*"));
    Awaitility.await("its first line in the log")
        .atMost(Timeouts.CONDITION)
        .untilAsserted(() -> assertEquals("up 1", ns.plugin("logs", "box", "--tail=1").ok()));
    ns.plugin("exec", "box", "--", "sh", "-c", "echo kept >/root/note").ok();
    assertTrue(ns.plugin("status", "box").ok().startsWith("box: Running on "));

    assertEquals("box is stopped", ns.plugin("stop", "box", "--wait").ok());
    assertStopped(ns, "box");
    assertEquals("box was stopped before", ns.plugin("stop", "box").ok());
    answers(ns.plugin("exec", "box", "--", "true"), NOT_RUNNING, "box is stopped", "start -n");
    answers(ns.plugin("shell", "box"), NOT_RUNNING, "box is stopped");
    answers(ns.plugin("logs", "box"), NOT_RUNNING, "went with its pod");
    answers(ns.plugin("cp", "box:/root/note", "note"), NOT_RUNNING, "box is stopped");
    String status = ns.plugin("status", "box").exits(NOT_RUNNING).out();
    assertTrue(status.contains("box: Stopped on ") && status.contains("\nNext\n"), status);

    assertEquals("box is running", ns.plugin("start", "sc/box", "--wait").ok());
    assertEquals("kept", ns.plugin("exec", "box", "--", "cat", "/root/note").ok());

    assertEquals("box is being deleted, with its file system", ns.plugin("delete", "box").ok());
    ns.plugin("wait", "box", "--for=deleted", "--timeout", "2m").ok();
    assertNull(ns.sc("box").get());
  }

  @Test
  void restartGivesANewPodAndWaitsForIt(TestNamespace ns) {
    create(ns, "box", "--wait").ok();
    String uid = ns.getPod("box").getMetadata().getUid();

    assertEquals("box is stopped\nbox is running", ns.plugin("restart", "box", "--wait").ok());

    assertRunning(ns, "box");
    assertNotEquals(uid, ns.getPod("box").getMetadata().getUid());
  }

  @Test
  void aReadyOfTheRunBeforeDoesNotCount(TestNamespace ns) {
    create(ns, "box", "--wait").ok();

    assertEquals("box is stopping", ns.plugin("stop", "box").ok());
    assertEquals("box is running", ns.plugin("start", "box", "--wait").ok());

    assertRunning(ns, "box");
    ns.plugin("exec", "box", "--", "true").ok();
    ns.plugin("stop", "box").ok();
    assertEquals("box is stopped", ns.plugin("wait", "box", "--for", "stopped").ok());
    assertStopped(ns, "box");
    assertEquals("there", ns.plugin("exec", "box", "--start", "--", "echo", "there").ok());
  }

  @Test
  void startsAndStopsBySelectorAndAll(TestNamespace ns) {
    for (String name : List.of("one", "two")) {
      create(ns, name, "--stopped", "--labels=app=web,tier=" + name).ok();
    }
    create(ns, "other", "--stopped", "--wait").ok();

    assertEquals(
        List.of("one is running", "two is running"),
        sorted(ns.plugin("start", "-l", "app=web", "--wait").ok()));
    assertEquals(StoppableContainerPhase.STOPPED, ns.status("other").phase());
    assertEquals("one", ns.getPod("one").getMetadata().getLabels().get("tier"));
    assertEquals(
        List.of("one", "two"),
        sorted(ns.plugin("list", "-l", "app=web", "-o", "name").ok().replaceAll("[^\n]*/", "")));

    assertEquals(
        List.of("one is stopped", "other is stopped", "two is stopped"),
        sorted(ns.plugin("stop", "--all", "--wait").ok()));
    answers(ns.plugin("start", "-l", "app=none"), 0, "nothing to do");
    answers(ns.plugin("start", "--all", "one"), USAGE, "give names, or -l SELECTOR, or --all");

    ns.plugin("delete", "--all", "--wait").ok();
    answers(ns.plugin("list"), 0, "no StoppableContainer", "create -n");
  }

  @Test
  void othersAreDoneWhenOneIsNotThere(TestNamespace ns) {
    create(ns, "box", "--stopped", "--wait").ok();

    Result start = ns.plugin("start", "nope", "box", "--wait");

    answers(start, NOT_FOUND, "there is no StoppableContainer nope");
    assertEquals("box is running\n", start.out());
  }

  @Test
  void execPassesWordsInputAndExitCodesOn(TestNamespace ns) {
    create(ns, "box", "--wait").ok();

    assertEquals(
        "[" + ODD_WORD + "][]",
        ns.plugin("exec", "box", "--", "printf", "[%s][%s]", ODD_WORD, "").ok());
    ns.plugin("exec", "box", "--", "sh", "-c", "exit 42").exits(42);
    ns.plugin("exec", "box", "--", "no-such-command").exits(127);
    assertEquals("2", given(ns, "0", "a\nb\n", "exec", "-i", "box", "--", "wc", "-l").ok());
    assertEquals("sh -n", ns.plugin("exec", "box", "-c", "main", "--", "echo", "sh", "-n").ok());
    String typed = "echo in the shell; exit 5\n";
    assertEquals("in the shell\n", given(ns, "", typed, "shell", "box").exits(5).out());
    ns.plugin("logs", "box", "--provider").ok();
  }

  @Test
  void copiesFilesBothWays(TestNamespace ns, @TempDir Path folder) throws IOException {
    create(ns, "box", "--wait").ok();
    byte[] bytes = new byte[300_000];
    new Random(1).nextBytes(bytes);
    Path out = Files.write(folder.resolve("out"), bytes);
    Path back = folder.resolve("back");

    ExecInput.untilGiven(
            result -> result.exit() != 0 && result.err().contains("short read"),
            () -> ns.plugin("cp", out.toString(), "box:/root/copied"))
        .ok();
    ns.plugin("restart", "box", "--wait").ok();
    ns.plugin("cp", "box:/root/copied", back.toString()).ok();

    assertArrayEquals(bytes, Files.readAllBytes(back));
    answers(ns.plugin("cp", "a", "b"), USAGE, "NAME:PATH");
  }

  @Test
  void createTakesWordsAsTheyAre(TestNamespace ns) {
    String yaml =
        ns.plugin(
                "create",
                "box",
                "--image=" + TestNamespace.BUSYBOX,
                "--dry-run",
                "--env=ODD=" + ODD_WORD,
                "--port=80",
                "--command",
                "--",
                "sh",
                "-c",
                "sleep 1000",
                ODD_WORD)
            .ok();
    assertNull(ns.sc("box").get());

    ns.kubectlWithInput(yaml, "create", "-f", "-").ok();
    ns.plugin("wait", "box", "--for=running").ok();

    StoppableContainer box = ns.sc("box").get();
    assertEquals(
        List.of("sh", "-c", "sleep 1000", ODD_WORD),
        box.getSpec().template().container().getCommand());
    assertEquals(ODD_WORD, ns.plugin("exec", "box", "--", "sh", "-c", "printf %s \"$ODD\"").ok());
  }

  @Test
  void explainsWhyItDoesNotRun(TestNamespace ns) {
    String image = "registry.invalid/no-such-image:1";
    Result created =
        ns.plugin("create", "bad", "--image=" + image, "--wait", "--timeout=20s", "--", "true");
    answers(created, TIMED_OUT, "bad is not running after 20 s", "status -n");
    ns.awaitNotReady("bad", "ImagePullFailed", Timeouts.CONDITION);

    String status = ns.plugin("status", "bad").exits(NOT_RUNNING).out();
    for (String text : List.of("ImagePullFailed", image, "Pods\n", "Last events\n", "Next\n")) {
      assertTrue(status.contains(text), status);
    }
    answers(ns.plugin("exec", "bad", "--", "true"), NOT_RUNNING, "bad is not running yet", image);
    answers(
        ns.plugin("wait", "bad", "--for=running", "--timeout=1s"),
        TIMED_OUT,
        "bad is not running after 1 s",
        image,
        "status -n");
  }

  @Test
  void doesNotWaitForWhatHasFailedForGood(TestNamespace ns) {
    String box =
        ns.create(
            Fixture.of("container.yaml")
                .with("  running: true", "  running: true\n  hostPathPrefix: /var/lib/elsewhere"));

    answers(ns.plugin("wait", box, "--for=running"), FAILED, "/var/lib/elsewhere", "status -n");
    answers(ns.plugin("exec", box, "--", "true"), NOT_RUNNING, "box has failed");
    assertTrue(
        ns.plugin("status", box).exits(NOT_RUNNING).out().contains("kubectl edit"), "advice");
  }

  @Test
  void explainsWhatIsWrongWithACommand(TestNamespace ns) {
    answers(ns.plugin("frobnicate"), USAGE, "there is no command frobnicate", "kubectl sc help");
    answers(ns.plugin("--frob"), USAGE, "there is no flag --frob");
    answers(ns.plugin("start", "box", "--frob"), USAGE, "start knows no flag --frob");
    answers(ns.plugin("start", "box", "--timeout=soon"), USAGE, "'soon' is no time");
    answers(ns.plugin("start", "box", "-A"), USAGE, "-A is for list");
    answers(ns.plugin("wait", "box", "--for=rain"), USAGE, "running, stopped or deleted");
    answers(ns.plugin("exec", "box", "ls"), USAGE, "put --", "box -- ls");
    answers(ns.plugin("exec", "box", "--"), USAGE, "exec needs a command");
    answers(ns.plugin("create", "box"), USAGE, "create needs an image");
    answers(ns.plugin("create", "box", "--image=x", "--command"), USAGE, "behind --");
    answers(ns.plugin("completion", "tcsh"), USAGE, "bash, zsh or fish");
    for (String name : List.of("Box", "a b", "$(touch x)", "a;id", "", "*", "a\nb")) {
      answers(ns.plugin("start", name), USAGE, "can't be the name");
    }
    for (String command : List.of("start", "stop", "restart", "status", "logs", "shell")) {
      answers(ns.plugin(command), USAGE, command + " needs");
      answers(ns.plugin(command, "nope"), NOT_FOUND, "no StoppableContainer nope", "list -n");
    }
    answers(ns.plugin("delete", "nope"), NOT_FOUND, "no StoppableContainer nope");
    answers(ns.plugin("wait", "nope", "--for=running"), NOT_FOUND, "no StoppableContainer nope");
    answers(ns.plugin("cp", "nope:/a", "b"), NOT_FOUND, "no StoppableContainer nope");
    answers(ns.plugin("list", "nope"), NOT_FOUND, "no StoppableContainer nope");

    create(ns, "box", "--stopped").ok();
    answers(create(ns, "box"), FAILED, "there is a StoppableContainer box already", "start -n");
    answers(ns.plugin("list", "--context=nowhere"), FAILED, "nowhere");
  }

  @Test
  void completesNamesAndSaysWhatItIs(TestNamespace ns) {
    create(ns, "left", "--stopped").ok();
    create(ns, "right", "--wait").ok();

    assertEquals("left", complete(ns, "start", ""));
    assertEquals("right", complete(ns, "stop", ""));
    assertEquals("left\nright", complete(ns, "exec", ""));
    assertEquals("right", complete(ns, "delete", "left", ""));
    assertEquals("start\nstop\nstatus", complete(ns, "st"));
    assertEquals("running", complete(ns, "wait", "left", "--for=r"));
    for (String shell : List.of("bash", "zsh", "fish")) {
      assertTrue(ns.plugin("completion", shell).ok().contains("kubectl-sc __complete"), shell);
    }
    assertTrue(ns.plugin("version").ok().startsWith("kubectl-sc "));
    assertTrue(ns.plugin("help").ok().contains("Exit codes"));
    for (String command : List.of("list", "create", "exec", "wait")) {
      assertTrue(ns.plugin("help", command).ok().startsWith("kubectl sc " + command), command);
      assertEquals(ns.plugin("help", command).ok(), ns.plugin(command, "--help").ok());
    }
    String wide = ns.plugin("list", "-A", "-o", "wide").ok();
    assertTrue(wide.contains(ns.name()) && wide.contains(TestNamespace.BUSYBOX), wide);
    assertFalse(ns.plugin("list", "--no-headers").ok().contains("PHASE"));
  }

  private static Result create(TestNamespace ns, String name, String... flags) {
    List<String> words =
        new ArrayList<>(List.of("create", name, "--image=" + TestNamespace.BUSYBOX, "--env=A=1"));
    words.addAll(List.of(flags));
    words.addAll(List.of("--", "sh", "-c", SERVICE));
    return ns.plugin(words.toArray(String[]::new));
  }

  /** The candidates that the plugin has for the last word, a line each. */
  private static String complete(TestNamespace ns, String... words) {
    // __complete comes first, so the namespace is one of the words that a user has typed.
    List<String> all = new ArrayList<>(List.of("__completeNoDesc", "--namespace", ns.name()));
    all.addAll(List.of(words));
    String answer = ClusterEnv.get().plugin("", all.toArray(String[]::new)).ok();
    // The last line is for the shell: these are no names of files.
    assertTrue(answer.endsWith(":4"), answer);
    return answer.substring(0, answer.length() - ":4".length()).stripTrailing();
  }

  private static void answers(Result result, int exit, String... texts) {
    result.exits(exit);
    for (String text : texts) {
      assertTrue(result.err().contains(text), result.toString());
    }
  }

  private static void assertRunning(TestNamespace ns, String name) {
    assertEquals(StoppableContainerPhase.RUNNING, ns.status(name).phase());
    assertCurrent(ns, name);
  }

  private static void assertStopped(TestNamespace ns, String name) {
    assertEquals(StoppableContainerPhase.STOPPED, ns.status(name).phase());
    assertNull(ns.pod(name).get());
    assertCurrent(ns, name);
  }

  private static void assertCurrent(TestNamespace ns, String name) {
    StoppableContainer sc = ns.sc(name).get();
    assertEquals(sc.getMetadata().getGeneration(), sc.getStatus().observedGeneration());
  }

  private static List<String> sorted(String lines) {
    return lines.lines().sorted().toList();
  }
}
