package top.xtlsoft.stoppablecontainer.e2e.pod;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.ExecInput;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;

/** Commands in a running container, by the real kubectl. */
@ClusterTest
class ExecE2E {

  private static final String SC_EXEC = "/.sc-bin/sc-exec";

  @Test
  @Tag("smoke")
  void plainExecSeesThePersistentRoot(TestNamespace ns) {
    String box = running(ns);

    ns.kubectl("exec", box, "--", "sh", "-c", "echo by exec >/root/note").ok();

    assertEquals("by exec", ns.kubectl("exec", box, "--", "cat", "/root/note").ok());
    assertEquals("by exec", ns.kubectl("exec", box, "--", SC_EXEC, "cat", "/root/note").ok());
    assertTrue(ns.node(box).exists(ns.hostPath(box) + "/upper/root/note"), "the file on the node");
    step("/proc, /dev, volumes and the cluster's own files are a pod's");
    ns.sh(box, "echo x >/dev/null; test -d /proc/self/fd; grep -q box /etc/hosts");
    assertEquals("box", ns.sh(box, "cat /etc/hostname"));
    ns.sh(box, "grep -q ^nameserver /etc/resolv.conf");
    step("mounts of the node are not seen");
    assertEquals(
        "",
        ns.sh(
            box,
            "grep -e /var/lib/stoppablecontainer/ -e ' /run/containerd' /proc/mounts | grep -v ' / ' || :"));
  }

  @Test
  void copiesFilesBothWays(TestNamespace ns, @TempDir Path folder) throws IOException {
    String box = running(ns);
    byte[] bytes = new byte[3_000_000];
    new Random(1).nextBytes(bytes);
    Path out = Files.write(folder.resolve("out"), bytes);
    Path back = folder.resolve("back");

    step("kubectl cp into the container");
    ExecInput.untilGiven(
            result -> result.exit() != 0 && result.err().contains("short read"),
            () -> ns.kubectl("cp", out.toString(), box + ":/home/dev/copied"))
        .ok();
    ns.stopAndWait(box);
    ns.startAndWait(box);
    step("kubectl cp out of it after a stop");
    ns.kubectl("cp", box + ":/home/dev/copied", back.toString()).ok();

    assertArrayEquals(bytes, Files.readAllBytes(back));
  }

  @Test
  @Tag("node")
  void scExecPassesArgumentsAndInputOn(TestNamespace ns) {
    String box = running(ns);

    assertEquals(
        "[a b] [] [$HOME] ['\"*]",
        scExec(
                ns,
                box,
                "sh",
                "-c",
                "printf '[%s] [%s] [%s] [%s]' \"$@\"",
                "sh",
                "a b",
                "",
                "$HOME",
                "'\"*")
            .ok());
    Result counted =
        ExecInput.untilGiven(
            result -> result.out().strip().equals("0"),
            () -> ns.kubectlWithInput("one\ntwo\n", "exec", "-i", box, "--", SC_EXEC, "wc", "-l"));
    assertEquals("2", counted.ok().strip());
    Result err = scExec(ns, box, "sh", "-c", "echo out; echo err >&2").exits(0);
    assertEquals("out\n", err.out());
    assertEquals("err\n", err.err());
    step("a command that looks like an option of sc-exec's");
    assertEquals("--request=mount", scExec(ns, box, "echo", "--request=mount").ok());
  }

  @Test
  void scExecPassesExitCodesAndSignalsOn(TestNamespace ns) {
    String box = running(ns);

    scExec(ns, box, "true").exits(0);
    scExec(ns, box, "sh", "-c", "exit 1").exits(1);
    scExec(ns, box, "sh", "-c", "exit 42").exits(42);
    step("killed by a signal");
    scExec(ns, box, "sh", "-c", "kill -TERM $$").exits(143);
    scExec(ns, box, "sh", "-c", "kill -KILL $$").exits(137);
    step("a command that is not there");
    Result missing = scExec(ns, box, "no-such-command").exits(127);
    assertTrue(missing.err().contains("no-such-command"), missing.err());
    assertTrue(missing.err().contains("not found"), missing.err());
    Result path = scExec(ns, box, "/no/such/path").exits(127);
    assertTrue(path.err().contains("/no/such/path"), path.err());
    step("a file that can't be run");
    ns.sh(box, "echo text >/root/text; chmod 0644 /root/text");
    Result text = scExec(ns, box, "/root/text").exits(126);
    assertTrue(text.err().toLowerCase().contains("permission denied"), text.err());
    Result directory = scExec(ns, box, "/root").exits(126);
    assertTrue(directory.err().contains("/root"), directory.err());
  }

  @Test
  void scExecGivesATerminal(TestNamespace ns) {
    String box = running(ns);

    Result tty = ns.kubectlWithTerminal("", "exec", "-it", box, "--", SC_EXEC, "tty").exits(0);
    assertTrue(tty.out().contains("/dev/pts/"), tty.toString());
    ns.kubectlWithTerminal("", "exec", "-it", box, "--", SC_EXEC, "sh", "-c", "exit 7").exits(7);
    step("job control works");
    Result job =
        ns.kubectlWithTerminal(
            "", "exec", "-it", box, "--", SC_EXEC, "sh", "-c", "test -t 0 -a -t 1 && echo both");
    assertTrue(job.exits(0).out().contains("both"), job.toString());
  }

  @Test
  void scExecKeepsEnvironmentAndHome(TestNamespace ns) {
    String box = running(ns);

    String env = scExec(ns, box, "env").ok();
    assertTrue(env.lines().anyMatch("IMAGE_SAYS=hello"::equals), env);
    assertTrue(env.lines().anyMatch("HOME=/root"::equals), env);
    assertTrue(env.lines().anyMatch(l -> l.startsWith("KUBERNETES_SERVICE_HOST=")), env);
    step("the same as without sc-exec");
    assertEquals(sorted(ns.kubectl("exec", box, "--", "env").ok()), sorted(env));
    step("PID 1 has that home, too");
    assertEquals("HOME=/root", ns.sh(box, "tr '\\0' '\\n' </proc/1/environ | grep ^HOME="));
  }

  @Test
  void homeIsTheUsersOfThePersistentRoot(TestNamespace ns) {
    String box = ns.create(Fixture.of("restricted.yaml"));
    ns.awaitRunning(box);

    assertEquals("/home/dev", scExec(ns, box, "sh", "-c", "echo $HOME").ok());
    assertEquals("uid=1000(dev) gid=1000(dev) groups=1000(dev)", scExec(ns, box, "id").ok());
  }

  private static String running(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    return box;
  }

  private static Result scExec(TestNamespace ns, String pod, String... command) {
    String[] all = new String[command.length + 4];
    all[0] = "exec";
    all[1] = pod;
    all[2] = "--";
    all[3] = SC_EXEC;
    System.arraycopy(command, 0, all, 4, command.length);
    return ns.kubectl(all);
  }

  private static String sorted(String lines) {
    return String.join("\n", lines.lines().sorted().toList());
  }
}
