package top.xtlsoft.stoppablecontainer.e2e.security;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.PolicyEnforcement;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** The network policies that are deployed, where they are enforced. */
@ClusterTest
@Isolated
@Tag("disruptive")
class NetworkPolicyE2E {

  private static final String MAY_SCRAPE = "stoppablecontainer.xtlsoft.top/metrics";

  @BeforeEach
  void embedded() {
    assumeTrue(ClusterEnv.get().embedded(), "other clusters have a network plugin of their own");
  }

  @Test
  void onlyPodsOfNamespacesThatMayScrapeReachHealthAndMetrics(TestNamespace ns) {
    TestNamespace monitoring = TestNamespace.create(ns.name() + "-b", false);
    try {
      ns.kubectl("label", "namespace", monitoring.name(), MAY_SCRAPE + "=true").ok();
      String stranger = pod(ns);
      String scraper = pod(monitoring);
      List<Pod> system = SystemPods.all(ns.client());
      assertTrue(system.size() > 1, "pods of operator and agents: " + system.size());

      step("without enforcement every pod reaches them");
      system.forEach(pod -> assertTrue(reaches(ns, stranger, pod), () -> "reaches " + name(pod)));

      try (PolicyEnforcement _ = PolicyEnforcement.start(ClusterEnv.get().nodeNames().getFirst())) {
        for (Pod pod : system) {
          step("%s", name(pod));
          await("a stranger is kept off " + name(pod), () -> !reaches(ns, stranger, pod));
          assertTrue(reaches(monitoring, scraper, pod), () -> "a scraper reaches " + name(pod));
        }
        step("without the label the scraper is a stranger");
        ns.kubectl("label", "namespace", monitoring.name(), MAY_SCRAPE + "-").ok();
        for (Pod pod : system) {
          await("it is kept off " + name(pod), () -> !reaches(monitoring, scraper, pod));
        }
        step("strangers reach others, and kubelet reaches the pods that it looks after");
        assertTrue(reaches(ns, stranger, monitoring.getPod(scraper)), "a pod without a policy");
        SystemPods.deleteOperator(ns.client());
        SystemPods.awaitOperator(ns.client());
        SystemPods.deleteAgents(ns.client());
        SystemPods.awaitAgents(ns.client());
        String box = ns.create(Fixture.of("container.yaml").with("name: box", "name: served"));
        ns.awaitRunning(box);
        for (Pod pod : SystemPods.all(ns.client())) {
          await("a stranger is kept off " + name(pod), () -> !reaches(ns, stranger, pod));
        }
      }
      step("all is as before");
      for (Pod pod : SystemPods.all(ns.client())) {
        await(name(pod) + " is reached again", () -> reaches(ns, stranger, pod));
      }
    } finally {
      monitoring.delete();
    }
  }

  /** A pod that serves its own port 8081, too. */
  private static String pod(TestNamespace ns) {
    return ns.createPod(
            Fixture.of("foreign-pod.yaml")
                .with(
                    "command: [sleep, \"86400\"]",
                    "command: [sh, -c, 'mkdir -p /www/observe && echo here >/www/observe/health &&"
                        + " exec httpd -f -p 8081 -h /www']"))
        .getMetadata()
        .getName();
  }

  private static boolean reaches(TestNamespace ns, String from, Pod to) {
    Result asked =
        ns.exec(
            from,
            "timeout",
            "10",
            "wget",
            "-q",
            "-O",
            "-",
            "http://" + to.getStatus().getPodIP() + ":8081/observe/health");
    return asked.exit() == 0;
  }

  private static void await(String what, Callable<Boolean> condition) {
    Awaitility.await(what)
        .atMost(Timeouts.CONDITION)
        .pollInterval(Duration.ofMillis(500))
        .until(condition);
  }

  private static String name(Pod pod) {
    return pod.getMetadata().getName();
  }
}
