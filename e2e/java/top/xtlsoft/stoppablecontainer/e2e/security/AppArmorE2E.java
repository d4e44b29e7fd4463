package top.xtlsoft.stoppablecontainer.e2e.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;

/**
 * AppArmor confines a container as it does that of a plain pod, also behind the root that the agent
 * gave it. For a node that was made here and whose kernel enforces AppArmor.
 */
@ClusterTest
@Tag("node")
@Tag("apparmor")
class AppArmorE2E {

  /** One line for each: the profile of the first process and of this one, and what they may do. */
  private static final String FACTS =
      """
      cat /proc/1/attr/current /proc/self/attr/current
      mkdir -p /root/closed /root/mounted
      try() {
        if sh -c "$2" >/dev/null 2>/root/said; then echo "$1 allowed"; else sed "s/.*: /$1: /" /root/said; fi
      }
      try write 'echo x >/root/closed/file'
      try read 'cat /image/edit'
      try mount 'mount -t tmpfs none /root/mounted && umount /root/mounted'
      """;

  private static final String BOX = "box";
  private static final String RUNTIMES_OWN = "{type: RuntimeDefault}";
  private static final String ADMINS =
      "{type: Localhost, localhostProfile: stoppablecontainer-e2e}";

  @Test
  void theRuntimesProfileForbidsMountsAsInAPlainPod(TestNamespace ns) {
    List<String> plain = compareWithAPlainPod(ns, RUNTIMES_OWN);

    assertTrue(plain.getFirst().endsWith(" (enforce)"), plain.toString());
    assertEquals(
        List.of("write allowed", "read allowed", "mount: Permission denied"), plain.subList(2, 5));
  }

  @Test
  void aProfileOfTheAdminForbidsItsPathsAsInAPlainPod(TestNamespace ns) {
    String profile = Fixture.of("apparmor.profile").text();
    step("load the profile into the node's kernel");
    ClusterEnv.get()
        .shellOnNode("apparmor_parser --replace --skip-cache <<'END'\n" + profile + "END\n")
        .ok();

    List<String> plain = compareWithAPlainPod(ns, ADMINS);
    step("and the same after a stop");
    ns.sh(BOX, "echo kept >/root/file");
    ns.stopAndWait(BOX);
    ns.startAndWait(BOX);
    assertEquals("kept", ns.sh(BOX, "cat /root/file"));
    assertEquals(plain, facts(ns, BOX), "after the second start");

    String own = "stoppablecontainer-e2e (enforce)";
    String denied = ": Permission denied";
    assertEquals(List.of(own, own, "write" + denied, "read" + denied, "mount allowed"), plain);
  }

  /** The facts, which both pods agree on. */
  private static List<String> compareWithAPlainPod(TestNamespace ns, String profile) {
    ns.create(Fixture.of("apparmor.yaml").with(RUNTIMES_OWN, profile));
    ns.createPod(Fixture.of("apparmor-pod.yaml").with(RUNTIMES_OWN, profile));
    ns.awaitRunning(BOX);

    step("compare the pods with profile %s", profile);
    List<String> plain = facts(ns, "plain");
    assertEquals(plain, facts(ns, BOX), "kubectl exec");
    assertEquals(plain, facts(ns, BOX, "/.sc-bin/sc-exec"), "sc-exec");
    return plain;
  }

  private static List<String> facts(TestNamespace ns, String pod, String... prefix) {
    List<String> command = new ArrayList<>(List.of(prefix));
    command.addAll(List.of("sh", "-c", FACTS));
    return ns.exec(pod, command.toArray(String[]::new)).ok().lines().toList();
  }
}
