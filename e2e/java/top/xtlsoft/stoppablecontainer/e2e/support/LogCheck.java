package top.xtlsoft.stoppablecontainer.e2e.support;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/**
 * Fails on lines at WARN and ERROR in the logs of operator and agents, and on ended containers of
 * them. A line with the namespace of another test counts for that test only; a line without a
 * test's namespace counts for every test.
 */
final class LogCheck {

  private static final Pattern LEVEL = Pattern.compile("^.{0,80}?\\b(WARN|ERROR)\\b");
  private static final Pattern ANY_TEST = Pattern.compile(TestNamespace.PREFIX + "[a-z0-9-]+");

  private LogCheck() {}

  static void check(TestNamespace namespace, List<Pattern> allowed) {
    List<String> unexpected =
        noted(namespace.client(), namespace.since()).stream()
            .filter(note -> !namespace.notedBefore().contains(note))
            .filter(note -> note.contains(namespace.name()) || !ANY_TEST.matcher(note).find())
            .filter(note -> allowed.stream().noneMatch(p -> p.matcher(note).find()))
            .toList();
    if (!unexpected.isEmpty()) {
      throw new AssertionError(
          "unexpected lines in the logs of operator and agents:\n  "
              + String.join("\n  ", unexpected));
    }
  }

  /** Ended containers and lines at WARN and ERROR, each with its pod, since a time in seconds. */
  static List<String> noted(KubernetesClient client, String since) {
    List<String> noted = new ArrayList<>();
    for (Pod pod : systemPods(client)) {
      String name = pod.getMetadata().getName();
      for (ContainerStatus crashed : crashed(pod, since)) {
        noted.add(
            "%s: container %s ended with code %d and was started again"
                .formatted(
                    name, crashed.getName(), crashed.getLastState().getTerminated().getExitCode()));
      }
      for (String container : containers(pod)) {
        log(client, pod, container, since)
            .lines()
            .filter(line -> LEVEL.matcher(line).find())
            .forEach(line -> noted.add(name + ": " + line));
      }
    }
    return noted;
  }

  static List<Pod> systemPods(KubernetesClient client) {
    return client.pods().inNamespace(ApiNames.OPERATOR_NAMESPACE).list().getItems();
  }

  /** Containers that ended since then. Both times are the cluster's, in UTC, so texts compare. */
  private static List<ContainerStatus> crashed(Pod pod, String since) {
    return pod.getStatus().getContainerStatuses().stream()
        .filter(status -> status.getLastState().getTerminated() != null)
        .filter(s -> s.getLastState().getTerminated().getFinishedAt().compareTo(since) >= 0)
        .toList();
  }

  private static List<String> containers(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream()
        .filter(status -> status.getState().getWaiting() == null)
        .map(ContainerStatus::getName)
        .toList();
  }

  private static String log(KubernetesClient client, Pod pod, String container, String since) {
    try {
      return client.pods().resource(pod).inContainer(container).sinceTime(since).getLog();
    } catch (KubernetesClientException e) {
      // A pod that is being deleted can have no log.
      if (client.pods().resource(pod).get() == null) {
        return "";
      }
      throw e;
    }
  }
}
