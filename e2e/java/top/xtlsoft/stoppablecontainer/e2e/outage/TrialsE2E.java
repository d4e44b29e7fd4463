package top.xtlsoft.stoppablecontainer.e2e.outage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.CommitStream;
import top.xtlsoft.stoppablecontainer.e2e.support.DocPage;
import top.xtlsoft.stoppablecontainer.e2e.support.NodeProcesses;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/**
 * The machine and the database of the tutorials, under everything that can be done to them. Alone:
 * the node's power is cut.
 */
@ClusterTest
@Isolated
@Tag("disruptive")
@Tag("slow")
class TrialsE2E {

  private static final String MACHINE = "workbench";
  private static final String DATABASE = "database";

  private static final String KILL_CHECKPOINTER =
      "kill -9 $(psql -U postgres -tAc \"select pid from pg_stat_activity where backend_type ="
          + " 'checkpointer'\")";

  @Test
  // The API server goes away under all programs, which log it.
  @AllowsLogs(".*")
  void losesNoCommitAndNoPackageWhateverIsKilled(TestNamespace ns) {
    assumeTrue(ClusterEnv.get().embedded(), "only the embedded cluster has a power cord");
    ClusterEnv.get().givePublicImages();
    ns.create(DocPage.of("docs/tutorials/dev-environment.md").file("workbench.yaml"));
    ns.create(DocPage.of("docs/tutorials/database.md").file("database.yaml"));
    ns.awaitRunning(MACHINE);
    ns.sh(MACHINE, "apt-get update -qq && apt-get install -yqq openssh-server >/var/log/install");
    ns.sh(MACHINE, "useradd -m dev; printf '#!/bin/sh\\nservice ssh start\\n' >/etc/rc.local");
    ns.sh(MACHINE, "chmod +x /etc/rc.local && /etc/rc.local");
    String hostKey = ns.sh(MACHINE, "ssh-keyscan -t ed25519 localhost 2>/dev/null");
    ns.awaitRunning(DATABASE);
    ns.exec(DATABASE, "psql", "-U", "postgres", "-c", CommitStream.TABLE).ok();

    step("kill a process of the server");
    duringCommits(ns, () -> ns.sh(DATABASE, KILL_CHECKPOINTER));
    ns.sh(DATABASE, "until psql -U postgres -c 'select 1'; do sleep 0.1; done");
    assertMachine(ns, hostKey);

    for (String box : new String[] {MACHINE, DATABASE}) {
      step("kill the first process of %s", box);
      int restarts = restarts(ns, box);
      Runnable kill = () -> NodeProcesses.killFirst(containerId(ns, box));
      if (box.equals(DATABASE)) {
        duringCommits(ns, kill);
      } else {
        kill.run();
      }
      awaitRestarted(ns, box, restarts);
    }
    assertMachine(ns, hostKey);

    step("replace the agent, then stop both");
    SystemPods.deleteAgents(ns.client());
    SystemPods.awaitAgents(ns.client());
    duringCommits(ns, () -> ns.stop(DATABASE));
    ns.stopAndWait(MACHINE);
    ns.awaitStopped(DATABASE);
    ns.start(MACHINE);
    ns.startAndWait(DATABASE);
    ns.awaitRunning(MACHINE);
    assertMachine(ns, hostKey);

    step("cut the power");
    int machineRestarts = restarts(ns, MACHINE);
    int databaseRestarts = restarts(ns, DATABASE);
    duringCommits(
        ns,
        () -> {
          ClusterEnv.get().powerOff();
          ClusterEnv.get().powerOn();
          Awaitility.await("the API server answers")
              .atMost(Timeouts.BOOT)
              .ignoreExceptionsInstanceOf(KubernetesClientException.class)
              .until(() -> !ClusterEnv.get().nodeNames().isEmpty());
          awaitRestarted(ns, MACHINE, machineRestarts);
          awaitRestarted(ns, DATABASE, databaseRestarts);
        });
    SystemPods.awaitOperator(ns.client());
    SystemPods.awaitAgents(ns.client());
    ns.awaitRunning(MACHINE);
    ns.awaitRunning(DATABASE);
    assertMachine(ns, hostKey);
    assertCommits(ns);
  }

  private int known;

  /** Acts while a client commits; the next call checks the commits that the client knows of. */
  private void duringCommits(TestNamespace ns, Runnable fault) {
    int before = assertCommits(ns);
    try (CommitStream commits = CommitStream.open(ns, DATABASE, before + 1)) {
      commits.await(before + 100);
      fault.run();
      known = commits.last();
    }
    step("the client knows of %d commits", known);
  }

  /** All commits that a client knows of exist; returns the last one that exists. */
  private int assertCommits(TestNamespace ns) {
    String query = "select count(*) filter (where n <= %d), coalesce(max(n), 0) from commits";
    String[] row =
        ns.exec(DATABASE, "psql", "-U", "postgres", "-tAc", query.formatted(known))
            .ok()
            .split("\\|");
    assertEquals(known, Integer.parseInt(row[0]), "commits that a client knows of");
    return Integer.parseInt(row[1]);
  }

  private static void assertMachine(TestNamespace ns, String hostKey) {
    ns.exec(MACHINE, "id", "dev").ok();
    assertTrue(ns.exec(MACHINE, "dpkg", "--audit").ok().isEmpty());
    String serves =
        "until ssh-keyscan -t ed25519 localhost 2>/dev/null | grep .; do sleep 0.1; done";
    assertEquals(hostKey, ns.sh(MACHINE, serves), "the service runs with its key");
  }

  private static int restarts(TestNamespace ns, String box) {
    return ns.restarts(box, "main");
  }

  private static String containerId(TestNamespace ns, String box) {
    return ns.getPod(box).getStatus().getContainerStatuses().stream()
        .map(ContainerStatus::getContainerID)
        .findFirst()
        .orElseThrow()
        .replaceFirst(".*://", "");
  }

  private static void awaitRestarted(TestNamespace ns, String box, int before) {
    ns.awaitRestarted(box, before);
    ns.awaitRunning(box);
  }
}
