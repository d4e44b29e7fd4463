package top.xtlsoft.stoppablecontainer.e2e.support;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/** Writes the state of the cluster into a folder after a failure. */
public final class FailureDump {

  private FailureDump() {}

  /** Writes everything into the folder of the test. */
  public static void write(String test, TestNamespace namespace, Throwable failure) {
    Path folder = Path.of("target", "e2e-failures", test).toAbsolutePath();
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      Steps.step("no dump: %s", e);
      return;
    }
    KubernetesClient client = namespace.client();
    file(folder, "failure.txt", () -> stackTrace(failure));
    file(
        folder,
        "objects.yaml",
        () ->
            namespace
                .kubectl(
                    "get",
                    "stoppablecontainers,sci,pods,configmaps",
                    "-o",
                    "yaml",
                    "--ignore-not-found")
                .out());
    file(folder, "events.txt", () -> namespace.kubectl("get", "events", "-o", "wide").out());
    file(
        folder,
        "system.txt",
        () ->
            ClusterEnv.get()
                .kubectl("", "-n", ApiNames.OPERATOR_NAMESPACE, "describe", "pods")
                .out());
    Stream.of(namespace.name(), ApiNames.OPERATOR_NAMESPACE)
        .flatMap(ns -> pods(client, ns).stream())
        .forEach(pod -> logs(folder, client, pod));
    try {
      for (String node : ClusterEnv.get().nodeNames()) {
        file(folder, "mounts-" + node + ".txt", () -> ClusterEnv.get().node(node).mountTable());
      }
    } catch (RuntimeException e) {
      file(folder, "mounts.txt", e::toString);
    }
    Steps.step(
        "FAILED: %s",
        Objects.toString(failure.getMessage(), failure.toString()).lines().findFirst().orElse(""));
    Steps.step("all there is to know lies in %s", folder);
  }

  private static List<Pod> pods(KubernetesClient client, String namespace) {
    try {
      return client.pods().inNamespace(namespace).list().getItems();
    } catch (RuntimeException e) {
      return List.of();
    }
  }

  private static void logs(Path folder, KubernetesClient client, Pod pod) {
    var target = client.pods().resource(pod);
    for (Container container : pod.getSpec().getContainers()) {
      String name = pod.getMetadata().getName() + "." + container.getName();
      file(folder, name + ".log", () -> target.inContainer(container.getName()).getLog());
      boolean restarted =
          pod.getStatus().getContainerStatuses().stream()
              .anyMatch(s -> s.getName().equals(container.getName()) && s.getRestartCount() > 0);
      if (restarted) {
        file(
            folder,
            name + ".previous.log",
            () -> target.inContainer(container.getName()).terminated().getLog());
      }
    }
  }

  /** A failed part must not prevent the others. */
  private static void file(Path folder, String name, Supplier<String> content) {
    String text;
    try {
      text = content.get();
    } catch (RuntimeException | AssertionError e) {
      text = "not to be had: " + e;
    }
    try {
      Files.writeString(folder.resolve(name), text == null ? "" : text);
    } catch (IOException e) {
      Steps.step("cannot write %s: %s", name, e);
    }
  }

  private static String stackTrace(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
