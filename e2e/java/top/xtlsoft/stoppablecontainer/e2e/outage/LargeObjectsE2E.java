package top.xtlsoft.stoppablecontainer.e2e.outage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.SystemPods;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Objects of one user, almost as large as etcd takes, delay no other user. */
@ClusterTest
@Isolated
@Tag("disruptive")
@Tag("slow")
class LargeObjectsE2E {

  private static final int MANY = 90;
  private static final int BYTES = 1_200_000;

  @Test
  void manyOfThemNeitherEndTheOperatorNorKeepItFromStarting(TestNamespace ns) {
    Pod before = SystemPods.leader(ns.client());
    step("%d StoppableContainers of %d bytes", MANY, BYTES);
    // JSON, which the client reads much faster than YAML.
    Fixture large =
        new Fixture(
            Serialization.asJson(
                Serialization.unmarshal(
                    Fixture.of("container.yaml")
                        .with("name: box", "name: LARGE")
                        .with("running: true", "running: false")
                        .with("command:", "env: [{name: A, value: VALUE}]\n      command:")
                        .text(),
                    StoppableContainer.class)));
    String value = "x".repeat(BYTES);
    for (int i = 0; i < MANY; i++) {
      ns.createQuietly(large.with("LARGE", "large" + i).with("VALUE", value));
    }
    ns.awaitNotReady("large" + (MANY - 1), "InvalidTemplate", Timeouts.CONDITION);
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    assertEquals(restarts(before), restarts(SystemPods.leader(ns.client())));

    step("an operator that starts where they are");
    SystemPods.deleteOperator(ns.client());
    SystemPods.awaitOtherLeader(ns.client(), before);
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals(0, restarts(SystemPods.leader(ns.client())));
  }

  /** Large, and not too large: the cache does not hold it, and a pass reads it. */
  @Test
  void oneThatIsLargerThanTheCacheTakesLivesAsAnyOther(TestNamespace ns) {
    String value = "x".repeat(ApiNames.MOST_SPEC_BYTES / 2);
    String box =
        ns.create(
            Fixture.of("container.yaml")
                .with("command:", "env: [{name: A, value: " + value + "}]\n      command:"));
    ns.awaitRunning(box);
    assertEquals(value, ns.sh(box, "echo $A"));
    ns.stopAndWait(box);
    ns.startAndWait(box);
    ns.deleteAndWait(box);
  }

  private static int restarts(Pod operator) {
    return operator.getStatus().getContainerStatuses().getFirst().getRestartCount();
  }
}
