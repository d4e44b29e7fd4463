package top.xtlsoft.stoppablecontainer.e2e.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.dsl.Resource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Disruption budgets count StoppableContainers, and drains keep to them. */
@ClusterTest
@Isolated
@Tag("disruptive")
class DisruptionBudgetE2E {

  private static final String LABELLED = "metadata: {labels: {app: budgeted}}";

  @Test
  void aBudgetOfNoneRefusesAnEvictionAndOneOfOneAllowsIt(TestNamespace ns) {
    String box = running(ns);
    String uid = ns.getPod(box).getMetadata().getUid();
    budget(ns, 0);
    assertFalse(ns.pod(box).evict(), "evicted against a budget of none");
    assertEquals(uid, ns.getPod(box).getMetadata().getUid());

    budget(ns, 1);
    assertTrue(ns.pod(box).evict());
    ns.awaitOtherPodReady(box, uid);
  }

  @Test
  void aDrainKeepsToABudget(TestNamespace ns) {
    String box = running(ns);
    String node = ns.status(box).nodeName();
    try {
      budget(ns, 0);
      step("a drain that the budget holds up");
      String refusal = ns.kubectl(drain(node, "10s")).exits(1).err();
      assertTrue(refusal.contains("would violate the pod's disruption budget"), refusal);
      ns.awaitRunning(box);

      step("a stopped one blocks no drain");
      ns.stopAndWait(box);
      ns.kubectl(drain(node, "60s")).ok();
    } finally {
      ns.kubectl("uncordon", node).ok();
    }
    ns.startAndWait(box);
  }

  private static String[] drain(String node, String timeout) {
    return new String[] {
      "drain",
      node,
      "--pod-selector=app=budgeted",
      "--ignore-daemonsets",
      "--delete-emptydir-data",
      "--timeout=" + timeout
    };
  }

  private static String running(TestNamespace ns) {
    String box =
        ns.create(Fixture.of("container.yaml").with("template:", "template:\n    " + LABELLED));
    ns.awaitRunning(box);
    return box;
  }

  private static void budget(TestNamespace ns, int unavailable) {
    ns.kubectlWithInput(
            """
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: {name: budget}
            spec: {maxUnavailable: %d, selector: {matchLabels: {app: budgeted}}}
            """
                .formatted(unavailable),
            "apply",
            "-f",
            "-")
        .ok();
    Resource<PodDisruptionBudget> budget =
        ns.client().policy().v1().podDisruptionBudget().inNamespace(ns.name()).withName("budget");
    TestNamespace.await(
        budget,
        unavailable + " disruptions allowed",
        found ->
            found.getStatus() != null
                && found
                    .getMetadata()
                    .getGeneration()
                    .equals(found.getStatus().getObservedGeneration())
                && found.getStatus().getExpectedPods() == 1
                && found.getStatus().getDisruptionsAllowed() == unavailable,
        Timeouts.CONDITION);
  }
}
