package top.xtlsoft.stoppablecontainer.e2e.support;

import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/**
 * A second node of the embedded cluster, which joins it for some tests and leaves it after them.
 */
public final class SecondNode implements AutoCloseable {

  public static final String NAME = "node2";

  private final ClusterEnv cluster = ClusterEnv.get();

  /** A node that was there before the tests stays. */
  private final boolean joined;

  private SecondNode(boolean joined) {
    this.joined = joined;
  }

  /** Boots the node, loads the images that the tests need there, and waits for its agent. */
  public static SecondNode join() {
    ClusterEnv cluster = ClusterEnv.get();
    SecondNode node = new SecondNode(!cluster.nodeNames().contains(NAME));
    step("%s joins the cluster", NAME);
    cluster.powerOnFurtherNode(NAME, "up");
    String[] archives =
        Stream.of("operator", "mount-helper", "e2e-busybox")
            .map(image -> "target/images/" + image + ".tar")
            .toArray(String[]::new);
    cluster.onFurtherNode(NAME, "load", Timeouts.COMMAND, archives);
    node.awaitAgent();
    return node;
  }

  /** Cuts the power of this node alone. */
  public void powerOff() {
    step("cut the power of %s", NAME);
    cluster.onFurtherNode(NAME, "power-off", Timeouts.COMMAND);
  }

  /** Boots it again from its disk, and waits for its agent. */
  public void powerOn() {
    step("power %s on", NAME);
    cluster.powerOnFurtherNode(NAME, "power-on");
    awaitAgent();
  }

  private void awaitAgent() {
    Awaitility.await("an agent ready on " + NAME)
        .atMost(Timeouts.POD)
        .until(() -> SystemPods.all(client()).stream().anyMatch(SecondNode::isReadyAgent));
  }

  private static boolean isReadyAgent(Pod pod) {
    return NAME.equals(pod.getSpec().getNodeName())
        && pod.getMetadata().getName().startsWith(ApiNames.AGENT_NAME)
        && pod.getStatus().getConditions().stream()
            .filter(condition -> "Ready".equals(condition.getType()))
            .map(PodCondition::getStatus)
            .anyMatch("True"::equals);
  }

  private KubernetesClient client() {
    return cluster.client();
  }

  /** Takes the node out of the cluster, with its disk. */
  @Override
  public void close() {
    if (!joined) {
      return;
    }
    step("%s leaves the cluster", NAME);
    cluster.onFurtherNode(NAME, "down", Timeouts.COMMAND);
    SystemPods.all(client()).stream()
        .filter(pod -> NAME.equals(pod.getSpec().getNodeName()))
        .forEach(pod -> client().resource(pod).withGracePeriod(0).delete());
    SystemPods.awaitAgents(client());
  }
}
