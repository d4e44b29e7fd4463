package top.xtlsoft.stoppablecontainer.e2e.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.ContainerRoot;
import top.xtlsoft.stoppablecontainer.e2e.support.NodeProcesses;
import top.xtlsoft.stoppablecontainer.e2e.support.Restricted;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;

/** What an attacker who breaks into the operator or an agent can use there. */
@ClusterTest
class HardeningE2E {

  /**
   * All that can be run in both images. The operator brings users' pods theirs besides, and the
   * agent makes disk images with mke2fs.
   */
  private static final List<String> PROGRAMS =
      List.of("/opt/java/bin/java", "/opt/java/lib/jspawnhelper");

  /**
   * CHOWN (0), DAC_OVERRIDE (1), DAC_READ_SEARCH (2), FOWNER (3), FSETID (4), KILL (5), SETGID (6),
   * SETUID (7), LINUX_IMMUTABLE (9), SYS_CHROOT (18), SYS_PTRACE (19), SYS_ADMIN (21), MKNOD (27),
   * SETFCAP (31).
   */
  private static final String CAPABILITIES = "00000000882c02ff";

  private static final List<String> FOR_USERS =
      List.of(
          "/app/bin/amd64/pause",
          "/app/bin/amd64/sc-exec",
          "/app/bin/amd64/wake",
          "/app/bin/arm64/pause",
          "/app/bin/arm64/sc-exec",
          "/app/bin/arm64/wake");

  @Test
  @Restricted
  void theOperatorsPodIsTakenWhereRestrictedIsEnforced(TestNamespace ns) {
    create(ns, ApiNames.OPERATOR_NAME).ok();
    step("it does enforce: the agent's pod, which has rights on the node, is refused");
    Result refused = create(ns, ApiNames.AGENT_NAME);
    assertNotEquals(0, refused.exit());
    assertTrue(refused.err().contains("violates PodSecurity \"restricted"), refused.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {ApiNames.OPERATOR_NAME, ApiNames.AGENT_NAME})
  void thereIsNoShellNoSetuidAndNothingToWriteTo(String owner, TestNamespace ns) {
    assumeTrue(ClusterEnv.get().embedded(), "looks at the container's root through /proc");
    ContainerRoot root = ContainerRoot.of(SystemPods.only(ns.client(), owner));
    List<String> programs = new ArrayList<>(PROGRAMS);
    if (owner.equals(ApiNames.OPERATOR_NAME)) {
      programs.addAll(0, FOR_USERS);
    } else {
      programs.add("/usr/sbin/mke2fs");
    }
    assertEquals(programs, root.programs());
    assertEquals(List.of(), root.setIds(), "files with setuid or setgid");
    assertEquals(List.of("/var/tmp"), root.writable(), "what others than root could write to");
    step("and not even there, nor root anywhere: all is mounted read-only but /tmp");
    assertTrue(root.options("/").contains("ro"), root.options("/").toString());
    assertTrue(root.options("/tmp").contains("rw"), root.options("/tmp").toString());
  }

  @Test
  void theAgentHasTheCapabilitiesThatItUsesAndOpensNoDevice(TestNamespace ns) throws Exception {
    assumeTrue(ClusterEnv.get().embedded(), "looks at the agent's process through /proc");
    Pod agent = SystemPods.only(ns.client(), ApiNames.AGENT_NAME);
    long pid = NodeProcesses.pid(SystemPods.containerId(agent));
    List<String> status = Files.readAllLines(Path.of("/proc/" + pid + "/status"));
    for (String set : List.of("CapPrm", "CapEff", "CapBnd")) {
      assertTrue(status.contains(set + ":\t" + CAPABILITIES), status.toString());
    }
    assertTrue(status.contains("NoNewPrivs:\t1"), status.toString());

    step("a device that is made in its control group can't be opened there");
    String open =
        """
        cd "$(mktemp -d)"
        mknod kmsg c 1 11
        : <kmsg && echo outside: opened
        v1=$(sed -n 's/^[0-9]*:devices://p' /proc/PID/cgroup)
        v2=$(sed -n 's/^0:://p' /proc/PID/cgroup)
        if [ -n "$v1" ]; then group=/sys/fs/cgroup/devices$v1; else group=/sys/fs/cgroup$v2; fi
        echo $$ >"$group/cgroup.procs"
        mknod other c 1 11 && echo inside: made
        ( : <kmsg ) 2>&1 | grep -o 'Operation not permitted'
        : <>/dev/null && echo inside: has the usual ones
        rm -r "$PWD"
        """
            .replace("PID", Long.toString(pid));
    Process shell = new ProcessBuilder("sh", "-c", open).redirectErrorStream(true).start();
    assertEquals(
        List.of(
            "outside: opened",
            "inside: made",
            "Operation not permitted",
            "inside: has the usual ones"),
        new String(shell.getInputStream().readAllBytes(), UTF_8).lines().toList());
  }

  /** A pod of the template that is deployed, in that namespace; nothing is made. */
  private static Result create(TestNamespace ns, String owner) {
    var spec =
        owner.equals(ApiNames.OPERATOR_NAME)
            ? ns.client()
                .apps()
                .deployments()
                .inNamespace(ApiNames.OPERATOR_NAMESPACE)
                .withName(owner)
                .get()
                .getSpec()
                .getTemplate()
                .getSpec()
            : ns.client()
                .apps()
                .daemonSets()
                .inNamespace(ApiNames.OPERATOR_NAMESPACE)
                .withName(owner)
                .get()
                .getSpec()
                .getTemplate()
                .getSpec();
    Pod copy =
        new PodBuilder()
            .withNewMetadata()
            .withName("copy")
            .endMetadata()
            .withSpec(spec)
            .editSpec()
            .withServiceAccountName("default")
            .withServiceAccount(null)
            .endSpec()
            .build();
    return ns.kubectlWithInput(Serialization.asYaml(copy), "create", "--dry-run=server", "-f", "-");
  }
}
