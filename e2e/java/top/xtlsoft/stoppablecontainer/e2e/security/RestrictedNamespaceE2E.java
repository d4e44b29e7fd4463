package top.xtlsoft.stoppablecontainer.e2e.security;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Restricted;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;

/** A namespace that enforces the restricted Pod Security Standard. */
@ClusterTest
@Restricted
class RestrictedNamespaceE2E {

  /** All that a consumer has and a plain pod has not. */
  private static final Pattern OURS = Pattern.compile("(^| )/\\.sc-(bin|request|ready)( |$)");

  /** What a pod sees of the machine it runs on, without what is any pod's own. */
  private static final Map<String, String> SEEN =
      Map.of(
          "processes", "cat /proc/[0-9]*/comm 2>/dev/null",
          "devices", "find /dev ! -path '/dev/pts/*' -exec stat -c '%n %F %t:%T %a %u' {} +",
          "mounts",
              "sed -E 's/^([^ ]+ ){4}([^ ]+ [^ ]+).* - ([^ ]+).*/ \\2 \\3/' /proc/self/mountinfo",
          "rights", "grep -E '^(Cap|NoNewPrivs|Seccomp|Uid|Gid|Groups)' /proc/self/status",
          "folders", "ls -d /.[!.]* /* /proc/[!0-9]* /proc/sys/* /sys/* /sys/*/* /run/* /var/run/*",
          "closed", "for f in /proc/* /proc/sys/* /sys/*; do [ -w $f ] && echo $f; done",
          "control groups", "sed -E 's/[-0-9a-f]{36,}//g' /proc/self/cgroup; ls /sys/fs/cgroup",
          "variables", "env | cut -d= -f1");

  @Test
  @Tag("smoke")
  void acceptsBothPodsAndTheWholeLife(TestNamespace ns) {
    step("it does enforce: an ordinary pod is refused");
    Result refused = ns.kubectl("run", "plain", "--image=" + TestNamespace.BUSYBOX);
    assertNotEquals(0, refused.exit());
    assertTrue(refused.err().contains("restricted"), refused.err());

    String box = ns.create(Fixture.of("restricted.yaml"));
    ns.awaitRunning(box);
    assertEquals("uid=1000(dev) gid=1000(dev) groups=1000(dev)", ns.sh(box, "id"));
    step("without any capability");
    assertEquals("0000000000000000", ns.sh(box, "sed -n 's/^CapEff:\\t//p' /proc/1/status"));
    ns.sh(box, "echo mine >~/file; echo edited >>~/welcome; mkdir /data/folder");

    ns.stopAndWait(box);
    ns.startAndWait(box);

    assertEquals("mine", ns.sh(box, "cat /home/dev/file"));
    assertEquals("from the image: home\nedited", ns.sh(box, "cat /home/dev/welcome"));
    step("root's files are still not its own");
    assertEquals(1, ns.exec(box, "sh", "-c", "echo x 2>/dev/null >/etc/passwd").exit());
    ns.deleteAndWait(box);
  }

  @Test
  @Tag("node")
  void showsNoMoreOfTheNodeThanToAPlainPod(TestNamespace ns) {
    String box = ns.create(Fixture.of("restricted.yaml"));
    String plain = ns.createPod(Fixture.of("restricted-pod.yaml")).getMetadata().getName();
    ns.awaitRunning(box);

    assertAll(SEEN.entrySet().stream().map(seen -> () -> compare(ns, box, plain, seen)));
    step("what it has besides are three folders, two of them read-only");
    assertEquals(
        List.of("/.sc-bin ro", "/.sc-ready ro", "/.sc-request rw"),
        seen(ns, box, SEEN.get("mounts")).stream()
            .filter(line -> OURS.matcher(line).find())
            .map(line -> line.strip().split("[ ,]"))
            .map(words -> words[0] + " " + words[1])
            .toList());
  }

  private static void compare(
      TestNamespace ns, String box, String plain, Map.Entry<String, String> seen) {
    List<String> usual = seen(ns, plain, seen.getValue());
    List<String> all = seen(ns, box, seen.getValue());
    assertTrue(usual.size() > 1, seen.getKey() + " of a plain pod: " + usual);
    assertEquals(
        usual, all.stream().filter(line -> !OURS.matcher(line).find()).toList(), seen.getKey());
  }

  private static List<String> seen(TestNamespace ns, String pod, String command) {
    return ns.exec(pod, "sh", "-c", command).out().lines().sorted().toList();
  }
}
