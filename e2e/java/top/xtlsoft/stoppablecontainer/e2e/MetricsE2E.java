package top.xtlsoft.stoppablecontainer.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.MetricsReader;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;

/**
 * Who may see what at the ports of operator and agents, asked from a user's pod: whether a network
 * policy is enforced or not.
 */
@ClusterTest
class MetricsE2E {

  /** Says the status of the answer, then its body. */
  private static final String ASK =
      "wget -q -S -O - --header \"$1\" \"$2\" 2>&1 | sed 's/^ *HTTP\\/1.1 \\([0-9]*\\).*/status=\\1/'";

  private static final String OWN_TOKEN =
      "Authorization: Bearer $(cat /var/run/secrets/kubernetes.io/serviceaccount/token)";

  @Test
  void metricsAreForThoseWhomTheClusterLetsReadThem(TestNamespace ns) {
    String pod = ns.createPod(Fixture.of("restricted-pod.yaml")).getMetadata().getName();
    ns.awaitPodReady(pod);
    try (MetricsReader reader = MetricsReader.create(ns.client())) {
      for (Pod system : systemPods(ns)) {
        String url = url(system) + "/observe/metrics";
        step("ask %s", url);
        assertAnswer(ns, pod, "401", "X-None: none", url);
        assertAnswer(ns, pod, "401", "Authorization: Bearer wrong", url);
        assertAnswer(ns, pod, "401", "Authorization: Bearer " + reader.token() + "x", url);
        assertAnswer(ns, pod, "403", OWN_TOKEN, url);
        String metrics =
            assertAnswer(ns, pod, "200", "Authorization: Bearer " + reader.token(), url);
        assertTrue(metrics.contains("camel_exchanges_total{"), metrics);
        assertTrue(reader.read(system).contains("camel_exchanges_total{"));
      }
    }
  }

  @Test
  void healthIsOneWordAndThereIsNothingElse(TestNamespace ns) {
    String pod = ns.createPod(Fixture.of("restricted-pod.yaml")).getMetadata().getName();
    ns.awaitPodReady(pod);
    for (Pod system : systemPods(ns)) {
      for (String path :
          List.of("/observe/health", "/observe/health/live", "/observe/health/ready")) {
        String url = url(system) + path;
        step("ask %s", url);
        String answer = assertAnswer(ns, pod, "200", "X-None: none", url);
        assertEquals(
            "{\"status\":\"UP\"}", answer.replaceAll("(?s)[^{]*(\\{[^}]*}).*", "$1"), answer);
        assertAnswer(ns, pod, "400", "X-None: none", url + "?exposureLevel=full&data=true");
      }
      for (String path :
          List.of("/", "/observe", "/observe/info", "/q/dev", "/q/health", "/q/metrics")) {
        assertAnswer(ns, pod, "404", "X-None: none", url(system) + path);
      }
    }
  }

  private static List<Pod> systemPods(TestNamespace ns) {
    List<Pod> pods = SystemPods.all(ns.client());
    for (String owner : List.of(ApiNames.OPERATOR_NAME, ApiNames.AGENT_NAME)) {
      assertTrue(
          pods.stream().anyMatch(pod -> pod.getMetadata().getName().startsWith(owner + "-")),
          () -> "no pod of " + owner);
    }
    return pods;
  }

  private static String url(Pod pod) {
    return "http://" + pod.getStatus().getPodIP() + ":8081";
  }

  /** Asks from within the pod, where the shell fills in what a header says. */
  private static String assertAnswer(
      TestNamespace ns, String pod, String status, String header, String url) {
    String answer = ns.sh(pod, "set -- \"%s\" '%s'; %s".formatted(header, url, ASK));
    assertTrue(answer.contains("status=" + status + "\n"), () -> url + ": " + answer);
    return answer;
  }
}
