package top.xtlsoft.stoppablecontainer.e2e.support;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * The state of a cluster, to compare before and after: objects of every kind that the API server
 * can list, except events, and the nodes' mount points.
 *
 * @param lines one object or mount point each
 */
public record ClusterState(Set<String> lines) {

  private static final String OBJECT =
      "jsonpath={range .items[*]}{.kind} {.metadata.namespace} {.metadata.name}{\"\\n\"}{end}";

  /** Reads the current state. */
  public static ClusterState now() {
    ClusterEnv cluster = ClusterEnv.get();
    String kinds =
        cluster
            .kubectl("", "api-resources", "--verbs=list", "-o", "name")
            .ok()
            .lines()
            .filter(kind -> !kind.matches("events(\\.events\\.k8s\\.io)?"))
            .collect(Collectors.joining(","));
    Stream<String> objects =
        cluster.kubectl("", "get", kinds, "--all-namespaces", "-o", OBJECT).ok().lines();
    Stream<String> mounts =
        cluster.nodeNames().stream()
            .flatMap(
                name ->
                    cluster.node(name).mountPointsBelow("").stream()
                        .map(point -> "mount point " + point + " of " + name));
    return new ClusterState(
        Stream.concat(objects, mounts).collect(Collectors.toCollection(TreeSet::new)));
  }

  /** Waits until there is nothing that was not in this state. */
  public void awaitNothingMore() {
    Awaitility.await("nothing is left over")
        .atMost(Timeouts.CLEANUP)
        .untilAsserted(
            () -> {
              Set<String> more = new TreeSet<>(now().lines());
              more.removeAll(lines);
              if (!more.isEmpty()) {
                throw new AssertionError("left over:\n  " + String.join("\n  ", List.copyOf(more)));
              }
            });
  }
}
