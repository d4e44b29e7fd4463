package top.xtlsoft.stoppablecontainer.e2e.outage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.e2e.support.AgentTokens;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Figures;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.ListeningProgram;
import top.xtlsoft.stoppablecontainer.e2e.support.NodeFirewall;
import top.xtlsoft.stoppablecontainer.e2e.support.NodeProcesses;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Operator and agent go on listening whatever becomes of their connections. */
@ClusterTest
@Isolated
@Tag("disruptive")
// Each loss of the API server is logged.
@AllowsLogs(".*")
class WatchesE2E {

  @BeforeEach
  void embedded() {
    assumeTrue(ClusterEnv.get().embedded(), "only the embedded node's network can be cut");
  }

  @Test
  void informersRecoverAfterSilentConnectionLoss(TestNamespace ns) throws Exception {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    int restarts = agentRestarts(ns);
    List<NodeFirewall> cuts = new ArrayList<>();
    try {
      for (String owner : List.of(ApiNames.OPERATOR_NAME, ApiNames.AGENT_NAME)) {
        Pod pod = SystemPods.only(ns.client(), owner);
        long pid = NodeProcesses.pid(SystemPods.containerId(pod));
        cuts.add(NodeFirewall.cut(pid, pod.getStatus().getPodIP()));
      }
      long begin = System.nanoTime();
      ns.stopAndWait(box);
      Figures.since(begin, "all connections cut silently: a container is stopped");
      ns.startAndWait(box);
    } finally {
      cuts.forEach(NodeFirewall::close);
    }
    assertEquals(restarts, agentRestarts(ns));
  }

  private static int agentRestarts(TestNamespace ns) {
    return SystemPods.only(ns.client(), ApiNames.AGENT_NAME)
        .getStatus()
        .getContainerStatuses()
        .getFirst()
        .getRestartCount();
  }

  @Test
  void informersRecoverAfterTheApiServerForgotTheirResourceVersions(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    String seen = ns.sc(box).get().getMetadata().getResourceVersion();

    step("restart the API server, whose watch cache begins anew");
    ClusterEnv.get().restartComponent("apiserver");
    long begin = System.nanoTime();
    awaitApiServer(ns.client());
    Figures.since(begin, "API server killed: it answers again");
    begin = System.nanoTime();
    ns.stopAndWait(box);
    Figures.since(begin, "from then on, with watches expired (410): a container is stopped");
    String watched =
        ns.client()
            .raw(
                "/apis/%s/v1alpha1/namespaces/%s/stoppablecontainers?watch=true&timeoutSeconds=1&resourceVersion=%s"
                    .formatted(ApiNames.GROUP, ns.name(), seen));
    assertTrue(watched.contains("\"code\":410"), "what was seen before is forgotten: " + watched);
    ns.startAndWait(box);
  }

  @Test
  void takesTheNewTokenWhenTheOldOneIsWorthNothing(TestNamespace ns, @TempDir Path folder)
      throws Exception {
    Path token = folder.resolve("token");
    HasMetadata first = AgentTokens.bindTo(ns, "first");
    HasMetadata second = AgentTokens.bindTo(ns, "second");
    Files.writeString(token, AgentTokens.operatorsBoundTo(first));
    try (ListeningProgram program = ListeningProgram.start(ns, token)) {
      ns.createConfigMap("before");
      program.awaitHeard("before");

      step("replace the token by rename, as kubelet does, and make the old one worthless");
      Path renewed =
          Files.writeString(folder.resolve("renewed"), AgentTokens.operatorsBoundTo(second));
      Files.move(renewed, token, StandardCopyOption.ATOMIC_MOVE);
      ns.client().resource(first).delete();
      step("have all connect anew");
      ClusterEnv.get().restartComponent("apiserver");
      awaitApiServer(ns.client());
      long begin = System.nanoTime();
      ns.createConfigMap("after");
      program.awaitHeard("after");
      Figures.since(
          begin, "token replaced, the old one invalid, API server restarted: a change is heard of");
    } finally {
      ns.client().resource(first).delete();
      ns.client().resource(second).delete();
    }
  }

  /** The tests after these look at the logs, and are not about connections. */
  @AfterEach
  void operatorAndAgentListenAgain(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml").with("name: box", "name: heard"));
    ns.awaitRunning(box);
    ns.deleteAndWait(box);
  }

  private static void awaitApiServer(KubernetesClient client) {
    Awaitility.await("the API server answers")
        .atMost(Timeouts.BOOT)
        .ignoreExceptionsInstanceOf(KubernetesClientException.class)
        .until(() -> "ok".equals(client.raw("/readyz")));
  }
}
