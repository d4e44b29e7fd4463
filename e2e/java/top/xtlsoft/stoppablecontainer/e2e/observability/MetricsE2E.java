package top.xtlsoft.stoppablecontainer.e2e.observability;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.MetricsReader;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/**
 * The ports of operator and agents, seen from a user's pod, whether a network policy is enforced or
 * not.
 */
@ClusterTest
class MetricsE2E {

  /** Says the status of the answer, then its body. */
  private static final String ASK =
      "wget -q -S -O - --header \"$1\" \"$2\" 2>&1 | sed 's/^ *HTTP\\/1.1 \\([0-9]*\\).*/status=\\1/'";

  private static final String OWN_TOKEN =
      "Authorization: Bearer $(cat /var/run/secrets/kubernetes.io/serviceaccount/token)";

  private static final Pattern METRIC = Pattern.compile("stoppablecontainer_[a-z_]+");

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

  @Test
  @AllowsLogs("RequestNotAllowed")
  void numbersTellOfAStartAStopARefusalAndADeletion(TestNamespace ns) throws Exception {
    try (MetricsReader reader = MetricsReader.create(ns.client())) {
      Map<String, Double> before = sums(ns, reader);
      step("create, stop, start");
      String name = ns.create(Fixture.of("container.yaml"));
      ns.awaitRunning(name);
      ns.sh(name, "head -c 5000000 /dev/zero >/root/five");
      ns.stopAndWait(name);
      String size =
          "stoppablecontainer_upper_bytes{name=\"%s\",namespace=\"%s\"}".formatted(name, ns.name());
      // The agent counts once the file system is stopped; a start would put that off.
      await(ns, reader, size, sums -> sums.getOrDefault(size, 0.0) >= 5_000_000);
      ns.startAndWait(name);
      awaitMore(
          ns, reader, before, "stoppablecontainer_start_duration_seconds_count{kind=\"create\"}");
      awaitMore(
          ns, reader, before, "stoppablecontainer_start_duration_seconds_count{kind=\"start\"}");
      awaitMore(ns, reader, before, "stoppablecontainer_stop_duration_seconds_count");
      for (String kind : List.of("mount", "attach")) {
        awaitMore(
            ns,
            reader,
            before,
            "stoppablecontainer_agent_request_duration_seconds_count{kind=\"%s\",result=\"answered\"}"
                .formatted(kind));
      }
      Map<String, Double> after = sums(ns, reader);
      assertTrue(after.getOrDefault(size, 0.0) >= 5_000_000, () -> size + ": " + after.get(size));
      assertTrue(after.get("stoppablecontainer_mounts") >= 1);
      assertEquals(1, after.get("stoppablecontainer_leader"));

      step("each metric of the dashboard is there");
      Set<String> served =
          after.keySet().stream().map(key -> key.replaceAll("\\{.*", "")).collect(toSet());
      JsonNode dashboard =
          new ObjectMapper().readTree(Path.of("kustomize/observability/dashboard.json").toFile());
      dashboard.findValuesAsText("expr").stream()
          .flatMap(expression -> METRIC.matcher(expression).results().map(MatchResult::group))
          .forEach(metric -> assertTrue(served.contains(metric), metric));

      step("ask for what is another pod's");
      ns.exec(name, "timeout", "10", "/.sc-bin/sc-exec", "--request=mount", "--", "true");
      awaitMore(
          ns,
          reader,
          after,
          "stoppablecontainer_agent_refusals_total{reason=\"RequestNotAllowed\"}");
      awaitMore(
          ns,
          reader,
          after,
          "stoppablecontainer_agent_request_duration_seconds_count{kind=\"mount\",result=\"refused\"}");
      step("delete");
      ns.deleteAndWait(name);
      await(ns, reader, "none of a resource that is gone", sums -> !sums.containsKey(size));
    }
  }

  /** All numbers of operator and agents together, by name and labels. */
  private static Map<String, Double> sums(TestNamespace ns, MetricsReader reader) {
    return systemPods(ns).stream()
        .flatMap(pod -> reader.read(pod).lines())
        .filter(line -> line.startsWith("stoppablecontainer_"))
        .collect(
            toMap(
                line -> line.substring(0, line.lastIndexOf(' ')),
                line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)),
                Double::sum));
  }

  private static void awaitMore(
      TestNamespace ns, MetricsReader reader, Map<String, Double> before, String metric) {
    await(
        ns,
        reader,
        metric,
        sums -> sums.getOrDefault(metric, 0.0) > before.getOrDefault(metric, 0.0));
  }

  /** Operator and agent count after the fact: the status is written, the answer is given. */
  private static void await(
      TestNamespace ns, MetricsReader reader, String what, Predicate<Map<String, Double>> wanted) {
    Awaitility.await(what).atMost(Timeouts.CONDITION).until(() -> wanted.test(sums(ns, reader)));
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
