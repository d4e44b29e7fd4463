package top.xtlsoft.stoppablecontainer.e2e.support;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A node of any cluster, seen from a privileged test pod with the node's PID namespace. The agent's
 * image has no shell, on purpose.
 */
final class PodNode implements Node, AutoCloseable {

  private static final String NAMESPACE = "stoppablecontainer-e2e-node";

  private final KubernetesClient client;
  private final String pod;

  PodNode(KubernetesClient client, String nodeName) {
    this.client = client;
    this.pod = "look-" + nodeName.replace('.', '-');
    client
        .namespaces()
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withName(NAMESPACE)
                .addToLabels("pod-security.kubernetes.io/enforce", "privileged")
                .endMetadata()
                .build())
        .serverSideApply();
    client.pods().resource(desired(nodeName)).serverSideApply();
    client
        .pods()
        .inNamespace(NAMESPACE)
        .withName(pod)
        .waitUntilCondition(
            Readiness.getInstance()::isReady, Timeouts.POD.toSeconds(), TimeUnit.SECONDS);
  }

  private Pod desired(String nodeName) {
    return new PodBuilder()
        .withNewMetadata()
        .withName(pod)
        .withNamespace(NAMESPACE)
        .endMetadata()
        .withNewSpec()
        .withNodeName(nodeName)
        .withHostPID(true)
        .withTerminationGracePeriodSeconds(0L)
        .addNewToleration()
        .withOperator("Exists")
        .endToleration()
        .addNewContainer()
        .withName("look")
        .withImage(TestNamespace.BUSYBOX)
        .withCommand("sleep", "86400")
        .withNewSecurityContext()
        .withPrivileged(true)
        .endSecurityContext()
        .endContainer()
        .endSpec()
        .build();
  }

  private Result run(String... command) {
    return PodExec.run(client, NAMESPACE, pod, "look", command);
  }

  @Override
  public String mountTable() {
    return run("cat", "/proc/1/mountinfo").ok();
  }

  @Override
  public boolean exists(String path) {
    String at = "/proc/1/root" + path;
    // In words, as a command that was never run has an exit code as well.
    String line = "if [ -e \"$0\" ] || [ -L \"$0\" ]; then echo yes; else echo no; fi";
    return run("sh", "-c", line, at).ok().equals("yes");
  }

  @Override
  public List<String> list(String path) {
    String line = "if [ -d \"$0\" ]; then ls -1A \"$0/\"; fi";
    return run("sh", "-c", line, "/proc/1/root" + path).ok().lines().sorted().toList();
  }

  @Override
  public long sizeBytes(String path) {
    return Long.parseLong(run("stat", "-c", "%s", "/proc/1/root" + path).ok());
  }

  @Override
  public void close() {
    client.namespaces().withName(NAMESPACE).delete();
  }
}
