package top.xtlsoft.stoppablecontainer.e2e.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** What happens to a pod over time happens to the user's process, in the user's files. */
@ClusterTest
class PodBehaviourE2E {

  private static final int MEMORY_BYTES = 40_000_000;

  @Test
  void probesHooksAndSignalsReachTheUsersProcess(TestNamespace ns) {
    String box = ns.create(Fixture.of("served.yaml"));
    ns.awaitRunning(box);
    assertEquals("postStart", ns.sh(box, "cat /root/hooks"));
    String uid = ns.getPod(box).getMetadata().getUid();

    step("a liveness probe that fails restarts the container in place");
    ns.sh(box, "echo kept >/root/kept; touch /root/unwell");
    Pod restarted =
        TestNamespace.await(
            ns.pod(box),
            "restarted and ready",
            pod ->
                pod != null
                    && main(pod).getRestartCount() == 1
                    && Readiness.getInstance().isReady(pod),
            Timeouts.POD);
    assertEquals(uid, restarted.getMetadata().getUid());
    ContainerStateTerminated ended = main(restarted).getLastState().getTerminated();
    assertEquals(42, ended.getExitCode(), "the trap's, within the grace period");
    assertEquals("last words\n", ended.getMessage());
    assertEquals("kept", ns.sh(box, "cat /root/kept"));
    assertEquals("start preStop TERM start", ns.sh(box, "xargs </root/life"));

    step("a stop");
    ns.awaitRunning(box);
    assertEquals(42, ns.stopAndWait(box).getStatus().lastExit().exitCode());
    ns.startAndWait(box);
    assertEquals("start preStop TERM start preStop TERM start", ns.sh(box, "xargs </root/life"));
  }

  @Test
  void aServiceReachesTheConsumerAndItsUseOfTheNodeIsItsOwn(TestNamespace ns) throws Exception {
    Service service =
        ns.client()
            .resource(
                new ServiceBuilder()
                    .withNewMetadata()
                    .withName("web")
                    .endMetadata()
                    .withNewSpec()
                    .addToSelector("app", "web")
                    .addNewPort()
                    .withPort(80)
                    .withTargetPort(new IntOrString(8080))
                    .endPort()
                    .endSpec()
                    .build())
            .inNamespace(ns.name())
            .create();
    // Another test's container has the node's port.
    String box = ns.create(Fixture.of("served.yaml").with("hostPort: 18080", "hostPort: 18081"));
    ns.awaitRunning(box);
    step("take memory, which the next look at the node's figures will show");
    ns.sh(box, "head -c " + MEMORY_BYTES + " /dev/zero >/dev/shm/taken");

    step("by the Service, which has no other endpoint, and by the node's port");
    assertEquals(
        List.of(ns.getPod(box).getStatus().getPodIP()),
        awaitReadyAddresses(ns, addresses -> !addresses.isEmpty()));
    String address = service.getSpec().getClusterIP();
    Awaitility.await("kube-proxy knows of the endpoint")
        .atMost(Timeouts.CONDITION)
        .until(() -> ns.exec(box, "wget", "-qO-", "http://" + address + "/hooks").exit() == 0);
    assertEquals("postStart", ns.sh(box, "wget -qO- http://" + address + "/hooks"));
    assertEquals("postStart", ns.sh(box, "wget -qO- http://$HOST_IP:18081/hooks"));

    step("what kubectl top goes by");
    Awaitility.await()
        .atMost(Timeouts.CONDITION)
        .pollInterval(1, TimeUnit.SECONDS)
        .untilAsserted(() -> assertTrue(memoryBytes(ns, box, "main") >= MEMORY_BYTES));
    double provider =
        memoryBytes(ns, box + "-provider", "rootfs")
            + memoryBytes(ns, box + "-provider", "provider");
    assertTrue(provider < MEMORY_BYTES / 4.0, "the provider's memory: " + provider);

    ns.stop(box);
    assertEquals(List.of(), awaitReadyAddresses(ns, List::isEmpty));
    ns.awaitStopped(box);
  }

  @Test
  void whatIsTypedAfterKubectlAttachReachesTheTerminal(TestNamespace ns) {
    String box = ns.create(Fixture.of("attached.yaml"));
    ns.awaitRunning(box);

    ns.kubectlWithTerminal(
        "tty >/root/said; echo $((6*7)) >>/root/said; exit 5\n", "attach", "-it", box);
    ns.awaitNotReady(box, "ContainerFailed", Timeouts.CONDITION);
    assertEquals(5, ns.status(box).lastExit().exitCode());
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals("/dev/pts/0\n42", ns.sh(box, "cat /root/said"));

    step("a shell ignores SIGTERM: the grace period ends it");
    assertEquals(137, ns.stopAndWait(box).getStatus().lastExit().exitCode());
  }

  @Test
  void inputEndsWithTheFirstAttachThatIsMeantToBeTheOnly(TestNamespace ns) {
    String box =
        ns.create(
            Fixture.of("attached.yaml")
                .with(
                    "command: [sh]",
                    "command: [sh, -c, \"cat >>/root/input; echo no more; exit 7\"]")
                .with(
                    "tty: true",
                    "stdinOnce: true\n      terminationMessagePolicy: FallbackToLogsOnError"));
    ns.awaitRunning(box);

    ns.kubectlWithInput("one\ntwo\n", "attach", "-i", box);
    ns.awaitNotReady(box, "ContainerFailed", Timeouts.CONDITION);
    ContainerStateTerminated ended = main(ns.getPod(box)).getState().getTerminated();
    assertEquals(7, ended.getExitCode());
    assertEquals("no more\n", ended.getMessage(), "the log's end");
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals("one\ntwo", ns.sh(box, "cat /root/input"));
  }

  private static ContainerStatus main(Pod pod) {
    return pod.getStatus().getContainerStatuses().getFirst();
  }

  private static List<String> awaitReadyAddresses(TestNamespace ns, Predicate<List<String>> wanted)
      throws Exception {
    CompletableFuture<List<EndpointSlice>> found =
        ns.client()
            .discovery()
            .v1()
            .endpointSlices()
            .inNamespace(ns.name())
            .withLabel("kubernetes.io/service-name", "web")
            .informOnCondition(slices -> wanted.test(readyAddresses(slices)));
    try {
      return readyAddresses(found.get(Timeouts.CONDITION.toMillis(), TimeUnit.MILLISECONDS));
    } finally {
      found.cancel(true);
    }
  }

  private static List<String> readyAddresses(List<EndpointSlice> slices) {
    return slices.stream()
        .flatMap(slice -> slice.getEndpoints().stream())
        .filter(endpoint -> Boolean.TRUE.equals(endpoint.getConditions().getReady()))
        .flatMap(endpoint -> endpoint.getAddresses().stream())
        .toList();
  }

  /**
   * The working set of a container as kubelet reports it to the metrics server; 0 if it does not.
   */
  private static double memoryBytes(TestNamespace ns, String pod, String container) {
    String node = ns.getPod(pod).getSpec().getNodeName();
    String metrics = ns.client().raw("/api/v1/nodes/" + node + "/proxy/metrics/resource");
    Matcher line =
        Pattern.compile(
                "^container_memory_working_set_bytes\\{container=\"%s\",namespace=\"%s\",pod=\"%s\"} (\\S+)"
                    .formatted(container, ns.name(), pod),
                Pattern.MULTILINE)
            .matcher(metrics);
    return line.find() ? Double.parseDouble(line.group(1)) : 0;
  }
}
