package top.xtlsoft.stoppablecontainer.e2e.outage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.AuditLog;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Figures;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.NodeProcesses;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Several operators, one of which acts. Alone: all other tests would notice. */
@ClusterTest
@Isolated
@Tag("disruptive")
class LeaderE2E {

  @BeforeEach
  void embedded() {
    assumeTrue(ClusterEnv.get().embedded(), "signals and the audit log need the embedded node");
  }

  @Test
  // Kubelet restarts killed and stopped operators. The one that was stopped logs why; requests that
  // it had begun are refused, or the API server gave them up meanwhile.
  @AllowsLogs({
    "manager ended with code",
    "Lease lost",
    "not sent, another operator may hold the lease",
    "Renew",
    "Lease request failed",
    "API request failed, retrying",
    "Event not (recorded|counted): .*(TimeoutException|not sent, another operator)"
  })
  void oneOperatorActsWhateverHappensToTheOther(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    SystemPods.withOperators(
        ns.client(),
        2,
        () -> {
          handsOver(ns, box);
          isTakenOverFromAfterAKill(ns, box);
          writesNothingWithoutItsLease(ns, box);
        });
  }

  private static void handsOver(TestNamespace ns, String box) {
    Pod leader = SystemPods.leader(ns.client());
    step("delete the leader, %s, and stop a container", leader.getMetadata().getName());
    long begin = System.nanoTime();
    ns.client().pods().resource(leader).delete();
    ns.stop(box);
    SystemPods.awaitOtherLeader(ns.client(), leader);
    Figures.since(begin, "operator deleted: another one leads");
    ns.awaitStopped(box);
    SystemPods.awaitOperator(ns.client());
  }

  private static void isTakenOverFromAfterAKill(TestNamespace ns, String box) {
    Pod leader = SystemPods.leader(ns.client());
    step("kill the leader, %s, and start a container", leader.getMetadata().getName());
    long begin = System.nanoTime();
    NodeProcesses.killFirst(SystemPods.containerId(leader));
    ns.start(box);
    TestNamespace.await(ns.pod(box), "there", pod -> pod != null, Timeouts.LEADER);
    Figures.since(begin, "operator killed (SIGKILL): a change is acted upon");
    ns.awaitRunning(box);
    SystemPods.awaitOperator(ns.client());
  }

  private static void writesNothingWithoutItsLease(TestNamespace ns, String box) {
    Pod leader = SystemPods.leader(ns.client());
    String container = SystemPods.containerId(leader);
    step("freeze the leader, %s, in the middle of its work", leader.getMetadata().getName());
    List<String> late =
        IntStream.range(0, 5)
            .mapToObj(
                i -> ns.create(Fixture.of("container.yaml").with("name: box", "name: late" + i)))
            .toList();
    long begin = System.nanoTime();
    NodeProcesses.signal(container, "STOP");
    Instant taken;
    try {
      SystemPods.awaitOtherLeader(ns.client(), leader);
      Figures.since(begin, "operator frozen (SIGSTOP): another one leads");
      taken = Instant.now();
      late.forEach(ns::awaitRunning);
      ns.stopAndWait(box);
    } finally {
      step("let it go on");
      NodeProcesses.signal(container, "CONT");
    }
    SystemPods.awaitContainerGone(ns.client(), leader, container);
    assertEquals(List.of(), AuditLog.writes(leader.getMetadata().getName(), taken));
    String other = SystemPods.leader(ns.client()).getMetadata().getName();
    assertFalse(AuditLog.writes(other, taken).isEmpty(), "the audit log shows " + other);
  }

  /**
   * Of the resources one in ten has an instance and a provider pod, which no node takes; the others
   * name a folder that is not allowed. All of them have a status that stays as it is.
   */
  @Test
  void anOperatorThatStartsWritesNothingThatIsRight(TestNamespace ns) {
    int many = Integer.parseInt(System.getenv().getOrDefault("RELIABILITY_RESOURCES", "40"));
    step("create %d StoppableContainers", many);
    for (int i = 0; i < many; i++) {
      String how =
          i % 10 == 0 ? "provider: {nodeSelector: {nowhere: x}}" : "hostPathPrefix: /other";
      ns.createQuietly(
          Fixture.of("container.yaml")
              .with("name: box", "name: box" + i)
              .with("running: true", "running: true\n  " + how));
    }
    ns.awaitAll(
        many,
        sc -> {
          String reason = TestNamespace.condition(sc, "Ready").map(Condition::getReason).orElse("");
          return reason.equals("Unschedulable") || reason.equals("HostPathPrefixNotAllowed");
        });
    SystemPods.awaitIdle(ns.client());

    Instant before = Instant.now();
    SystemPods.deleteOperator(ns.client());
    long begin = System.nanoTime();
    SystemPods.awaitOperator(ns.client());
    String operator = SystemPods.leader(ns.client()).getMetadata().getName();
    SystemPods.awaitPasses(ns.client(), many);
    Figures.since(begin, "operator starts with %d resources: has looked at all".formatted(many));
    List<String> writes = AuditLog.writes(operator, before);
    Figures.note("... and what it wrote", writes.size() + " times");
    assertEquals(List.of(), writes);
  }
}
