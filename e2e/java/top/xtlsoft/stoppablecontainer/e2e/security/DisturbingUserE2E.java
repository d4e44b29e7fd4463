package top.xtlsoft.stoppablecontainer.e2e.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.e2e.support.AgentTokens;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.HostManifest;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/**
 * A user who may do to our pods and ConfigMaps whatever Kubernetes lets one be granted in a
 * namespace. They can disturb their own containers; no file is lost, and all goes on by itself.
 */
@ClusterTest
// The others run beside what takes minutes here.
@Order(1)
class DisturbingUserE2E {

  @Test
  void binariesThatAreDeletedComeBackAndNothingIsLost(TestNamespace ns) {
    String box = running(ns);
    ConfigMap binaries = binaries(ns);

    step("delete ConfigMap %s under a running container", binaries.getMetadata().getName());
    ns.client().resource(binaries).delete();
    assertEquals("precious", ns.exec(box, "/.sc-bin/sc-exec", "cat", "/root/file").ok());
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertNotEquals(binaries.getMetadata().getUid(), binaries(ns).getMetadata().getUid());

    step("delete it while the container starts, again and again");
    ns.stopAndWait(box);
    ns.start(box);
    for (int i = 0; i < 5; i++) {
      TestNamespace.await(
          ns.client().resource(binaries), "there", found -> found != null, Timeouts.RUNNING);
      ns.client().resource(binaries).delete();
    }
    ns.awaitRunning(box);
    assertEquals("precious", ns.sh(box, "cat /root/file"));
  }

  @Test
  void aConsumerThatIsBoundToAnotherNodeComesBackToItsFiles(TestNamespace ns) {
    String box = running(ns);
    String node = ns.status(box).nodeName();
    ns.stopAndWait(box);
    step("have it wait for room, and bind it to a node that has none of its files");
    ns.patch(box, resources("100000"));
    ns.start(box);
    ns.awaitNotReady(box, "Unschedulable", Timeouts.CONDITION);
    Pod consumer = ns.getPod(box);
    bind(ns, box);
    ns.patch(box, resources("1m"));

    awaitCollected(ns, box, consumer);
    ns.awaitOtherPodReady(box, consumer.getMetadata().getUid());
    ns.awaitRunning(box);
    assertEquals(node, ns.status(box).nodeName());
    assertEquals("precious", ns.sh(box, "cat /root/file"));
  }

  @Test
  void aProviderThatIsBoundToAnotherNodeComesBackToItsFiles(TestNamespace ns) {
    String box = running(ns);
    String node = ns.status(box).nodeName();
    String provider = ApiNames.providerPodName(box);
    ns.stopAndWait(box);
    ns.patch(box, "{\"spec\":{\"provider\":{\"resources\":{\"requests\":{\"cpu\":\"100000\"}}}}}");
    ns.pod(provider).delete();
    ns.start(box);
    ns.awaitNotReady(box, "Unschedulable", Timeouts.CONDITION);
    Pod bound = ns.getPod(provider);
    bind(ns, provider);
    ns.patch(box, "{\"spec\":{\"provider\":{\"resources\":{\"requests\":{\"cpu\":\"1m\"}}}}}");

    awaitCollected(ns, provider, bound);
    ns.awaitOtherPodReady(provider, bound.getMetadata().getUid());
    ns.awaitRunning(box);
    assertEquals(node, ns.status(box).nodeName());
    assertEquals("precious", ns.sh(box, "cat /root/file"));
  }

  @Test
  void aPodThatRunsIsBoundToNoOtherNode(TestNamespace ns) {
    String box = running(ns);
    for (String pod : List.of(box, ApiNames.providerPodName(box))) {
      Result refused =
          ns.kubectlWithInput(
              """
              {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "%s"},
               "target": {"apiVersion": "v1", "kind": "Node", "name": "%s"}}
              """
                  .formatted(pod, AgentTokens.OTHER_NODE),
              "create",
              "--raw",
              "/api/v1/namespaces/" + ns.name() + "/pods/" + pod + "/binding",
              "-f",
              "-");
      assertNotEquals(0, refused.exit());
      assertTrue(refused.err().contains("is already assigned to node"), refused.err());
    }
  }

  @Test
  void evictedPodsComeBackAndTheContainerGoesOnBesideItsProvider(TestNamespace ns) {
    String box = running(ns);
    String provider = ApiNames.providerPodName(box);
    String consumer = ns.getPod(box).getMetadata().getUid();
    String uid = ns.getPod(provider).getMetadata().getUid();
    assertTrue(ns.pod(provider).evict(), "evicted");
    ns.awaitOtherPodReady(provider, uid);
    ns.awaitRunning(box);
    assertEquals(consumer, ns.getPod(box).getMetadata().getUid());
    assertEquals(0, ns.restarts(box, "main"));

    assertTrue(ns.pod(box).evict(), "evicted");
    ns.awaitOtherPodReady(box, consumer);
    ns.awaitRunning(box);
    assertEquals("precious", ns.sh(box, "cat /root/file"));
  }

  @Test
  void aStatusThatIsALieIsPutRightAndLosesNothing(TestNamespace ns) {
    String box = running(ns);
    String provider = ApiNames.providerPodName(box);
    String consumer = ns.getPod(box).getMetadata().getUid();
    step("not attached, not mounted");
    lie(ns, box, ApiNames.POD_CONDITION_ATTACHED, "False");
    lie(ns, provider, ApiNames.POD_CONDITION_MOUNTED, "False");
    awaitCondition(ns, box, ApiNames.POD_CONDITION_ATTACHED, "True");
    awaitCondition(ns, provider, ApiNames.POD_CONDITION_MOUNTED, "True");
    ns.awaitRunning(box);
    assertEquals(consumer, ns.getPod(box).getMetadata().getUid());

    step("ended with success");
    status(ns, box, "{\"phase\":\"Succeeded\"}");
    ns.stop(box);
    ns.awaitStopped(box);
    ns.startAndWait(box);
    assertEquals("precious", ns.sh(box, "cat /root/file"));
    assertEquals(1, ns.node(box).mountPointsBelow(ns.hostPath(box)).size(), "mounts on the node");
  }

  @Test
  @AllowsLogs("RequestNotAllowed|may ask for this")
  void whoIsInTheProviderSeesNoFileOfTheContainerAndWritesNoAnswer(TestNamespace ns) {
    String box = running(ns);
    String provider = ApiNames.providerPodName(box);
    ns.sh(box, "echo any user may read this >/note && chmod 0644 /note");
    // A container runs as soon as it has its files; its provider's may come after it.
    ns.awaitPodReady(provider);
    for (String container : List.of(ApiNames.CONTAINER_ROOTFS, ApiNames.CONTAINER_PROVIDER)) {
      step("in %s", container);
      sh(ns, provider, container, "test -e /etc/passwd && test ! -e /note");
      for (String line :
          List.of(
              "echo forged >/.sc-ready/ready.json",
              "rm /.sc-ready/ready.json",
              "echo forged >/.sc-bin/sc-exec",
              "echo stray >/stray",
              "echo stray >/etc/passwd",
              "mount -t tmpfs none /root")) {
        assertNotEquals(0, ns.execIn(provider, container, "sh", "-c", line + " 2>&1").exit(), line);
      }
    }
    step("what it asks for is its own");
    ns.execIn(
            provider,
            ApiNames.CONTAINER_PROVIDER,
            "/.sc-bin/sc-exec",
            "--request=attach",
            "--",
            "true")
        .exits(125);
    ns.execIn(
            provider,
            ApiNames.CONTAINER_PROVIDER,
            "/.sc-bin/sc-exec",
            "--request=mount",
            "--",
            "true")
        .ok();
    ns.awaitRunning(box);
    assertEquals(0, ns.restarts(box, "main"));
    ns.stopAndWait(box);
    ns.startAndWait(box);
    ns.sh(box, "test ! -e /stray && grep -qx precious /root/file");
  }

  @Test
  void aDebuggingContainerGetsNoneOfOurVolumes(TestNamespace ns) {
    assumeTrue(ClusterEnv.get().embedded(), "looks at the node through /proc");
    String box = running(ns);
    HostManifest before = HostManifest.of(ClusterEnv.get());
    String provider = ApiNames.providerPodName(box);
    Result none = debug(ns, provider, "look", "[]");
    assertNotEquals(0, none.exit(), none.toString());
    assertTrue(none.err().contains("a provider pod takes no debugging container"), none.err());
    for (String pod : List.of(box)) {
      for (String volume :
          List.of(ApiNames.VOLUME_READY, ApiNames.VOLUME_REQUEST, ApiNames.VOLUME_BIN)) {
        Result refused = debug(ns, pod, "in", "[{name: %s, mountPath: /in}]".formatted(volume));
        assertNotEquals(0, refused.exit(), refused.toString());
        assertTrue(
            refused
                .err()
                .contains(
                    "volumes stoppablecontainer-... are for sc-exec alone, no debugging container may mount them"),
            refused.err());
      }
      step("one that wants none of them sees the pod's processes, and no more");
      debug(ns, pod, "look", "[]").ok();
      awaitDebugging(ns, pod, "look");
      sh(ns, pod, "look", "ps | grep -q sleep");
      assertNotEquals(
          0,
          ns.execIn(
                  pod,
                  "look",
                  "sh",
                  "-c",
                  "for p in /proc/[0-9]*; do echo forged >$p/root/.sc-ready/ready.json && exit 0;"
                      + " done 2>/dev/null; exit 1")
              .exit(),
          "wrote an answer through /proc");
    }
    HostManifest.of(ClusterEnv.get()).requireSame(before);
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals("precious", ns.sh(box, "cat /root/file"));
  }

  private static String running(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, "echo precious >/root/file");
    return box;
  }

  private static ConfigMap binaries(TestNamespace ns) {
    List<ConfigMap> all =
        ns.client().configMaps().inNamespace(ns.name()).list().getItems().stream()
            .filter(map -> map.getMetadata().getName().startsWith("stoppablecontainer-bin-"))
            .toList();
    assertEquals(1, all.size(), "ConfigMaps of the binaries");
    return all.getFirst();
  }

  private static String resources(String cpu) {
    return """
        {"spec": {"template": {"container": {"resources": {"requests": {"cpu": "%s"}}}}}}"""
        .formatted(cpu);
  }

  private static void bind(TestNamespace ns, String pod) {
    step("bind %s to %s", pod, AgentTokens.OTHER_NODE);
    ns.client()
        .bindings()
        .inNamespace(ns.name())
        .resource(
            new BindingBuilder()
                .withNewMetadata()
                .withName(pod)
                .endMetadata()
                .withNewTarget()
                .withApiVersion("v1")
                .withKind("Node")
                .withName(AgentTokens.OTHER_NODE)
                .endTarget()
                .build())
        .create();
  }

  /** Waits until a pod is gone that is bound to a node that there is not. */
  private static void awaitCollected(TestNamespace ns, String name, Pod bound) {
    TestNamespace.await(
        ns.pod(name),
        "another one than the bound one, or none",
        pod -> pod == null || !pod.getMetadata().getUid().equals(bound.getMetadata().getUid()),
        Timeouts.COLLECTED);
  }

  private static void lie(TestNamespace ns, String pod, String condition, String value) {
    status(
        ns,
        pod,
        "{\"conditions\":[{\"type\":\"%s\",\"status\":\"%s\",\"reason\":\"Lie\"}]}"
            .formatted(condition, value));
  }

  private static void status(TestNamespace ns, String pod, String status) {
    ns.pod(pod)
        .subresource("status")
        .patch(PatchContext.of(PatchType.STRATEGIC_MERGE), "{\"status\":" + status + "}");
  }

  private static void awaitCondition(TestNamespace ns, String pod, String type, String value) {
    TestNamespace.await(
        ns.pod(pod),
        type + "=" + value,
        found ->
            found.getStatus().getConditions().stream()
                .anyMatch(c -> c.getType().equals(type) && c.getStatus().equals(value)),
        Timeouts.CONDITION);
  }

  private static String sh(TestNamespace ns, String pod, String container, String line) {
    return ns.execIn(pod, container, "sh", "-c", line).ok();
  }

  /** As kubectl debug adds one, with volumes that it has no option for. */
  private static Result debug(TestNamespace ns, String pod, String name, String mounts) {
    String target = ns.getPod(pod).getSpec().getContainers().getLast().getName();
    return ns.kubectl(
        "patch",
        "pod",
        pod,
        "--subresource=ephemeralcontainers",
        "--type=strategic",
        "-p",
        """
        spec:
          ephemeralContainers:
            - {name: %s, image: %s, command: [sleep, "86400"], targetContainerName: %s, volumeMounts: %s}
        """
            .formatted(name, TestNamespace.BUSYBOX, target, mounts));
  }

  private static void awaitDebugging(TestNamespace ns, String pod, String name) {
    TestNamespace.await(
        ns.pod(pod),
        "debugged by " + name,
        found ->
            found.getStatus().getEphemeralContainerStatuses().stream()
                .filter(status -> status.getName().equals(name))
                .map(ContainerStatus::getState)
                .anyMatch(state -> state.getRunning() != null),
        Timeouts.POD);
  }
}
