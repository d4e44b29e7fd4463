package top.xtlsoft.stoppablecontainer.e2e.outage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Operator, agent or the whole node are away for a while. Alone: all other tests would notice. */
@ClusterTest
@Isolated
@Tag("disruptive")
class OutageE2E {

  @Test
  void reportsAndAwaitsAnAgentThatDoesNotRun(TestNamespace ns) {
    String running = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(running);

    SystemPods.withoutAgents(
        ns.client(),
        () -> {
          String late = ns.create(Fixture.of("container.yaml").with("name: box", "name: late"));
          Condition ready =
              ns.awaitNotReady(late, "AgentNotResponding", Timeouts.AGENT_NOT_RESPONDING);
          String node = ns.getPod(late + "-provider").getSpec().getNodeName();
          assertTrue(ready.getMessage().contains(node), ready.getMessage());
          ns.awaitEvent(
              late, "Warning AgentNotResponding", e -> "AgentNotResponding".equals(e.getReason()));
          step("what ran before goes on");
          assertEquals("started", ns.sh(running, "cat /var/log/starts"));
        });

    ns.awaitRunning("late");
    assertEquals("started", ns.sh("late", "cat /var/log/starts"));
  }

  @Test
  void containersNeverNoticeThatTheAgentIsReplaced(TestNamespace ns) {
    String box = running(ns);
    int before = ticks(ns, box);

    SystemPods.deleteAgents(ns.client());
    step("ask for a start while it is away");
    ns.create(Fixture.of("container.yaml").with("name: box", "name: late"));
    SystemPods.awaitAgents(ns.client());

    ns.awaitRunning("late");
    assertEquals(0, ns.restarts(box, "main"));
    assertTrue(ticks(ns, box) > before, "the container goes on");
    step("the new agent stops, starts and deletes what the old one mounted");
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals("precious", ns.sh(box, "cat /root/file"));
    ns.deleteAndWait(box);
  }

  @Test
  void aNewOperatorGoesOnWhereTheOldOneEnded(TestNamespace ns) {
    String box = running(ns);
    int before = ticks(ns, box);

    SystemPods.deleteOperator(ns.client());
    step("stop one and create one while it is away");
    ns.stop(box);
    ns.create(Fixture.of("container.yaml").with("name: box", "name: late"));
    SystemPods.awaitOperator(ns.client());

    ns.awaitStopped(box);
    ns.awaitRunning("late");
    ns.startAndWait(box);
    assertEquals("precious", ns.sh(box, "cat /root/file"));
    assertTrue(ticks(ns, box) > before, "the container goes on");
  }

  @Test
  void aNewOperatorAndAgentWriteNothingWhereNothingHasChanged(TestNamespace ns) {
    String box = running(ns);
    String resting = ns.create(Fixture.of("container.yaml").with("name: box", "name: resting"));
    ns.awaitRunning(resting);
    ns.stopAndWait(resting);
    String done =
        ns.create(
            Fixture.of("ending.yaml")
                .with("name: box", "name: done")
                .with("    container:", "    restartPolicy: Never\n    container:")
                .with("while [ ! -e /end ]; do sleep 0.2; done; rm /end; exit 3", "exit 0"));
    ns.awaitPhase(done, StoppableContainerPhase.STOPPED, "False", Timeouts.RUNNING);
    List<String> all = List.of(box, resting, done);
    // Kubelet and agent report the rest of these changes a moment later, as the ID of the image.
    SystemPods.awaitIdle(ns.client());
    Map<String, String> before = versions(ns, all);

    SystemPods.deleteAgents(ns.client());
    SystemPods.deleteOperator(ns.client());
    SystemPods.awaitAgents(ns.client());
    SystemPods.awaitOperator(ns.client());
    step("one that is created last is looked at after all that were there");
    ns.create(Fixture.of("container.yaml").with("name: box", "name: late"));
    ns.awaitRunning("late");

    assertEquals(before, versions(ns, all));
  }

  /** By resource, instance and pod: what a write of the operator or of the agent changes. */
  private static Map<String, String> versions(TestNamespace ns, List<String> boxes) {
    return boxes.stream()
        .flatMap(
            box ->
                Stream.<HasMetadata>of(
                    ns.sc(box).get(),
                    ns.sci(box).get(),
                    ns.getPod(box + "-provider"),
                    ns.pod(box).get()))
        .filter(Objects::nonNull)
        .collect(
            Collectors.toMap(
                o -> o.getKind() + " " + o.getMetadata().getName(), OutageE2E::version));
  }

  /** The kubelet goes on writing the status of a pod that has ended, so its fields don't count. */
  private static String version(HasMetadata o) {
    if (!(o instanceof Pod)) {
      return o.getMetadata().getResourceVersion();
    }
    return Serialization.asJson(
        o.getMetadata().getManagedFields().stream()
            .filter(fields -> !fields.getManager().equals("kubelet"))
            .toList());
  }

  @Test
  @Tag("slow")
  // The API server goes away under all programs, which log it.
  @AllowsLogs(".*")
  void filesAreThereAfterAPowerCut(TestNamespace ns) {
    assumeTrue(ClusterEnv.get().hasPowerCord(), "only clusters made here have a power cord");
    String box = running(ns);
    String halted = ns.create(Fixture.of("container.yaml").with("name: box", "name: halted"));
    ns.awaitRunning(halted);
    ns.sh(halted, "echo resting >/root/file");
    ns.stopAndWait(halted);
    ns.sh(box, "sync");

    step("power off");
    ClusterEnv.get().powerOff();
    step("power on");
    ClusterEnv.get().powerOn();
    Awaitility.await("the API server answers")
        .atMost(Timeouts.BOOT)
        .ignoreExceptionsInstanceOf(KubernetesClientException.class)
        .until(() -> !ClusterEnv.get().nodeNames().isEmpty());

    step("the container comes back by itself");
    ns.awaitRestarted(box, 0);
    step("sc-exec waits for the file system, which the container may not have got yet");
    assertEquals("precious", ns.execOnceAttached(box, "cat", "/root/file"));
    SystemPods.awaitOperator(ns.client());
    SystemPods.awaitAgents(ns.client());
    ns.awaitRunning(box);
    assertEquals("started\nstarted", ns.sh(box, "cat /var/log/starts"));

    step("what was stopped starts on its files");
    ns.startAndWait(halted);
    assertEquals("resting", ns.sh(halted, "cat /root/file"));
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals("precious", ns.sh(box, "cat /root/file"));
  }

  private static String running(TestNamespace ns) {
    String tick = "while :; do echo tick >>/var/log/ticks; sleep 0.5 & wait $!; done";
    String box = ns.create(Fixture.of("container.yaml").with("sleep 86400 & wait", tick));
    ns.awaitRunning(box);
    ns.sh(box, "echo precious >/root/file");
    return box;
  }

  private static int ticks(TestNamespace ns, String box) {
    return Integer.parseInt(ns.sh(box, "wc -l </var/log/ticks"));
  }
}
