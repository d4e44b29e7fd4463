package top.xtlsoft.stoppablecontainer.e2e.feedback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LimitRange;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Restricted;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/**
 * Pods that the API server refuses: the operator reports its words, once, and tries again until it
 * agrees.
 */
@ClusterTest
class RefusalE2E {

  @Test
  void reportsAQuotaAndStartsOnceItIsRaisedForEitherPod(TestNamespace ns) {
    quota(ns, "1", "create", "quota", "few", "--hard=pods=1");
    String box = ns.create(Fixture.of("container.yaml"));
    String message = refused(ns, box, "Pod box-provider: ");
    assertTrue(message.contains("exceeded quota: few, requested: pods=1"), message);
    assertEquals(StoppableContainerPhase.PENDING, ns.status(box).phase());

    step("raise the quota");
    quota(ns, "2", "patch", "quota", "few", "-p", "{\"spec\":{\"hard\":{\"pods\":\"2\"}}}");
    ns.awaitRunning(box);

    String late = ns.create(Fixture.of("container.yaml").with("name: box", "name: late"));
    message = refused(ns, late, "Pod late: ");
    assertTrue(message.contains("exceeded quota: few"), message);
    step("make room");
    ns.deleteAndWait(box);
    ns.awaitRunning(late);
  }

  @Test
  void reportsALimitRangeAndAPolicyAndStartsOnceTheyAreLifted(TestNamespace ns) {
    HasMetadata range =
        create(
            ns,
            LimitRange.class,
            """
            metadata: {name: small}
            spec: {limits: [{type: Container, max: {memory: 32Mi}}]}
            """);
    String box =
        ns.create(
            Fixture.of("container.yaml")
                .with(
                    "      command:", "      resources: {limits: {memory: 64Mi}}\n      command:"));
    String message = refused(ns, box, "Pod box");
    assertTrue(message.contains("maximum memory usage per Container is 32Mi"), message);
    step("lift the limit");
    ns.client().resource(range).delete();
    ns.awaitRunning(box);

    step("forbid pods of a name");
    String policy =
        ns.kubectlWithInput(
                Fixture.of("policy.yaml").with("NAMESPACE", ns.name()).text(),
                "create",
                "-o",
                "name",
                "-f",
                "-")
            .ok();
    try {
      Awaitility.await("the policy is in force")
          .atMost(Timeouts.CONDITION)
          .until(() -> ns.kubectl("run", "late", "--image=none", "--dry-run=server").exit() != 0);
      String late = ns.create(Fixture.of("container.yaml").with("name: box", "name: late"));
      message = refused(ns, late, "Pod late: ");
      assertTrue(message.contains("no pod may be called late"), message);
    } finally {
      step("lift it");
      ns.kubectl(
              "delete", "validatingadmissionpolicies,validatingadmissionpolicybindings", ns.name())
          .ok();
    }
    ns.awaitRunning("late");
  }

  @Test
  void reportsAPolicyThatRequiresALabelOfTheProvider(TestNamespace ns) {
    ns.kubectlWithInput(
            Fixture.of("policy.yaml")
                .with("NAMESPACE", ns.name())
                .with("object.metadata.name != 'late'", "\"'team' in object.metadata.labels\"")
                .with("no pod may be called late", "pods need the label team")
                .text(),
            "create",
            "-f",
            "-")
        .ok();
    try {
      Awaitility.await("the policy is in force")
          .atMost(Timeouts.CONDITION)
          .until(() -> ns.kubectl("run", "late", "--image=none", "--dry-run=server").exit() != 0);
      String box =
          ns.create(
              Fixture.of("container.yaml")
                  .with("  template:", "  template:\n    metadata: {labels: {team: blue}}"));
      String message = refused(ns, box, "Pod box-provider: ");
      assertTrue(message.contains("pods need the label team"), message);
      assertTrue(message.contains("Change spec.provider (metadata"), message);
      ns.patch(box, "{\"spec\":{\"provider\":{\"metadata\":{\"labels\":{\"team\":\"red\"}}}}}");
      ns.awaitRunning(box);
      assertEquals("red", ns.getPod(box + "-provider").getMetadata().getLabels().get("team"));
    } finally {
      ns.kubectl(
              "delete", "validatingadmissionpolicies,validatingadmissionpolicybindings", ns.name())
          .ok();
    }
  }

  @Test
  @Restricted
  void reportsAPodSecurityStandardAndStartsOnceItIsLifted(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    String message = refused(ns, box, "Pod box: ");
    assertTrue(message.contains("violates PodSecurity \"restricted:latest\""), message);
    assertTrue(message.contains("runAsNonRoot"), message);
    step("lift the standard");
    ns.kubectl(
            "label",
            "namespace",
            ns.name(),
            "--overwrite",
            "pod-security.kubernetes.io/enforce=privileged")
        .ok();
    ns.awaitRunning(box);
  }

  /** Waits for the condition and returns its message; one event reports it. */
  private static String refused(TestNamespace ns, String box, String what) {
    Condition ready =
        TestNamespace.condition(
                TestNamespace.await(
                    ns.sc(box),
                    "refused: " + what,
                    sc ->
                        TestNamespace.condition(sc, "Ready")
                            .filter(c -> "PodRefused".equals(c.getReason()))
                            .filter(c -> c.getMessage().contains(what))
                            .isPresent(),
                    Timeouts.CONDITION),
                "Ready")
            .orElseThrow();
    step("%s", ready.getMessage());
    assertTrue(ready.getMessage().endsWith("it is tried again by itself."), ready.getMessage());
    ns.awaitEvent(
        box,
        "Warning PodRefused",
        e -> "PodRefused".equals(e.getReason()) && e.getMessage().contains(what));
    assertEquals(
        1, ns.events(box).stream().filter(e -> "PodRefused".equals(e.getReason())).count());
    return ready.getMessage();
  }

  /** Waits until the quota is counted: before that it refuses everything. */
  private static void quota(TestNamespace ns, String pods, String... command) {
    ns.kubectl(command).ok();
    TestNamespace.await(
        ns.client().resourceQuotas().inNamespace(ns.name()).withName("few"),
        "counted",
        quota ->
            quota.getStatus().getHard() != null
                && new Quantity(pods).equals(quota.getStatus().getHard().get("pods")),
        Timeouts.CONDITION);
  }

  private static <T extends HasMetadata> T create(TestNamespace ns, Class<T> type, String yaml) {
    return ns.client()
        .resource(Serialization.unmarshal(yaml, type))
        .inNamespace(ns.name())
        .create();
  }
}
