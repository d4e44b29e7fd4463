package top.xtlsoft.stoppablecontainer.e2e.support;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/**
 * Checks after all tests that their namespaces are gone and left nothing on the nodes. Namespaces
 * are deleted with everything in them, so this tests the hardest kind of delete.
 */
final class Leftovers implements AutoCloseable {

  /** Longer than the delay between two looks. */
  private static final Duration LEAST = Duration.ofSeconds(2);

  private final ConcurrentLinkedQueue<TestNamespace> namespaces = new ConcurrentLinkedQueue<>();

  void expectGone(TestNamespace namespace) {
    namespaces.add(namespace);
  }

  @Override
  public void close() {
    ClusterEnv cluster = ClusterEnv.get();
    List<String> found = new ArrayList<>();
    List<TestNamespace> deleted = namespaces.stream().filter(TestNamespace::deleted).toList();
    long deadline = System.nanoTime() + Timeouts.CLEANUP.toNanos();
    for (TestNamespace namespace : deleted) {
      long left = Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()));
      if (!gone(cluster.client(), namespace.name(), left)) {
        found.add("namespace " + namespace.name() + " is still there");
      }
    }
    found.addAll(awaitNothingOnNodes(cluster, deleted, deadline));
    cluster.forgetNodes();
    if (!found.isEmpty()) {
      throw new AssertionError("the tests left behind:\n  " + String.join("\n  ", found));
    }
  }

  /**
   * Agents take the layers of snapshots away after the objects. Returns what is left at the end.
   */
  private static List<String> awaitNothingOnNodes(
      ClusterEnv cluster, List<TestNamespace> deleted, long deadline) {
    AtomicReference<List<String>> found = new AtomicReference<>(List.of());
    try {
      Awaitility.await("nothing is left on the nodes")
          .pollInterval(Duration.ofSeconds(1))
          .pollDelay(Duration.ZERO)
          .atMost(Duration.ofNanos(Math.max(LEAST.toNanos(), deadline - System.nanoTime())))
          .until(
              () -> {
                found.set(onNodes(cluster, deleted));
                return found.get().isEmpty();
              });
    } catch (ConditionTimeoutException e) {
      // The caller reports what is left.
    }
    return found.get();
  }

  private static List<String> onNodes(ClusterEnv cluster, List<TestNamespace> deleted) {
    List<String> found = new ArrayList<>();
    for (String nodeName : cluster.nodeNames()) {
      Node node = cluster.node(nodeName);
      for (TestNamespace namespace : deleted) {
        for (String above : List.of("/", "/.orphans/", "/.layers/", "/.snapshots/", "/.removed/")) {
          String folder = ApiNames.DEFAULT_HOST_PATH_PREFIX + above + namespace.name();
          if (node.exists(folder)) {
            found.add("folder %s on %s with %s".formatted(folder, nodeName, node.list(folder)));
          }
          node.mountPointsBelow(folder).forEach(m -> found.add("mount " + m + " on " + nodeName));
        }
      }
    }
    return found;
  }

  private static boolean gone(KubernetesClient client, String name, long timeoutMs) {
    try {
      client
          .namespaces()
          .withName(name)
          .waitUntilCondition(Objects::isNull, timeoutMs, TimeUnit.MILLISECONDS);
      return true;
    } catch (KubernetesClientException e) {
      return false;
    }
  }
}
