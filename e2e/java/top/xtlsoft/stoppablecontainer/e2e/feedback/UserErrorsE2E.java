package top.xtlsoft.stoppablecontainer.e2e.feedback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/** Mistakes that users make first: each gets a clear message, and affects no other container. */
@ClusterTest
class UserErrorsE2E {

  private static final String MISSING_IMAGE = "registry.invalid/no-such-image:1";

  @Test
  @Tag("node")
  @Tag("smoke")
  void reportsAnImageThatDoesNotExistWhileOthersRun(TestNamespace ns) {
    String bad =
        ns.create(
            Fixture.of("container.yaml")
                .with("name: box", "name: bad")
                .with(TestNamespace.BUSYBOX, MISSING_IMAGE));

    Condition ready = ns.awaitNotReady(bad, "ImagePullFailed", Timeouts.CONDITION);
    assertTrue(ready.getMessage().contains(MISSING_IMAGE), ready.getMessage());
    ns.awaitEvent(
        bad,
        "Warning ImagePullFailed",
        e -> "Warning".equals(e.getType()) && "ImagePullFailed".equals(e.getReason()));

    step("another one is created, runs, stops");
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.stopAndWait(box);

    step("the bad one can be deleted");
    ns.deleteAndWait(bad);
  }

  @Test
  void theApiServerRefusesATemplateWithoutOrWithBothForms(TestNamespace ns) {
    for (String file : List.of("no-form.yaml", "both-forms.yaml")) {
      step("create %s", file);
      Result refused = ns.kubectlWithInput(Fixture.of(file).text(), "create", "-f", "-");
      assertNotEquals(0, refused.exit());
      assertTrue(
          refused.err().contains("exactly one of template.container and template.spec must be set"),
          refused.err());
    }
  }

  @Test
  void forbiddenPrefixIsReportedAndCreatesNothing(TestNamespace ns) {
    String prefix = "/var/lib/" + ns.name();
    String box =
        ns.create(
            Fixture.of("container.yaml")
                .with("  running: true", "  running: true\n  hostPathPrefix: " + prefix));

    Condition ready = ns.awaitNotReady(box, "HostPathPrefixNotAllowed", Timeouts.CONDITION);
    assertTrue(ready.getMessage().contains(prefix), ready.getMessage());
    assertEquals(StoppableContainerPhase.FAILED, ns.status(box).phase());
    ns.awaitEvent(
        box,
        "Warning HostPathPrefixNotAllowed",
        e -> "HostPathPrefixNotAllowed".equals(e.getReason()));
    assertNull(ns.pod(box).get(), "the consumer pod");
    for (String node : ClusterEnv.get().nodeNames()) {
      assertFalse(ClusterEnv.get().node(node).exists(prefix), prefix + " on " + node);
    }
    ns.deleteAndWait(box);
  }

  @Test
  void volumesNamedLikeOursAreRefused(TestNamespace ns) {
    refused(
        ns,
        Fixture.of("container.yaml")
            .with(
                "    container:",
                "    volumes: [{name: stoppablecontainer-mine, emptyDir: {}}]\n    container:"),
        "stoppablecontainer-mine");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/.sc-bin", "/.sc-other/below", "/data/../.sc-ready"})
  void mountPathsAtOurPlacesAreRefused(String path, TestNamespace ns) {
    refused(
        ns,
        Fixture.of("container.yaml")
            .with("    container:", "    volumes: [{name: mine, emptyDir: {}}]\n    container:")
            .with(
                "      command:",
                "      volumeMounts: [{name: mine, mountPath: %s}]\n      command:"
                    .formatted(path)),
        path);
  }

  /** The API server or a condition reports each in words, and no pod is ever created. */
  private static void refused(TestNamespace ns, Fixture fixture, String culprit) {
    Result created = ns.kubectlWithInput(fixture.text(), "create", "-f", "-");
    if (created.exit() != 0) {
      step("refused by the API server: %s", created.err());
      assertTrue(created.err().contains(culprit), created.err());
      return;
    }
    Condition ready = ns.awaitNotReady("box", "InvalidTemplate", Timeouts.CONDITION);
    assertTrue(ready.getMessage().contains(culprit), ready.getMessage());
    assertEquals(StoppableContainerPhase.FAILED, ns.status("box").phase());
    assertEquals(List.of(), ns.podNames());
    ns.deleteAndWait("box");
  }

  @ParameterizedTest
  @ValueSource(strings = {"box", "box-provider"})
  void aForeignPodOfTheSameNameIsNeverTouched(String name, TestNamespace ns) {
    Pod foreign = ns.createPod(Fixture.of("foreign-pod.yaml").with("name: box", "name: " + name));
    String box = ns.create(Fixture.of("container.yaml"));

    Condition ready = ns.awaitNotReady(box, "NameCollision", Timeouts.CONDITION);
    assertTrue(ready.getMessage().contains(name + " "), ready.getMessage());
    ns.awaitEvent(box, "NameCollision", e -> "NameCollision".equals(e.getReason()));
    untouched(ns, foreign);

    ns.stop(box);
    ns.deleteAndWait(box);
    untouched(ns, foreign);
  }

  @Test
  void goesOnWhenTheForeignPodIsGone(TestNamespace ns) {
    Pod foreign = ns.createPod(Fixture.of("foreign-pod.yaml"));
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitNotReady(box, "NameCollision", Timeouts.CONDITION);

    step("delete the pod that is in the way");
    ns.client().resource(foreign).delete();

    ns.awaitRunning(box);
    assertNotEquals(foreign.getMetadata().getUid(), ns.getPod(box).getMetadata().getUid());
  }

  private static void untouched(TestNamespace ns, Pod foreign) {
    Pod now = ns.getPod(foreign.getMetadata().getName());
    assertEquals(foreign.getMetadata().getUid(), now.getMetadata().getUid());
    assertNull(now.getMetadata().getDeletionTimestamp());
    assertEquals(
        List.of(), Objects.requireNonNullElse(now.getMetadata().getOwnerReferences(), List.of()));
    assertEquals(foreign.getMetadata().getLabels(), now.getMetadata().getLabels());
  }
}
