package top.xtlsoft.stoppablecontainer.e2e.security;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.e2e.support.AllowsLogs;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/** The policy of {@code kustomize/sizes}: a namespace limits the sizes in it. */
@ClusterTest
@Isolated
@Tag("disruptive")
class SizesE2E {

  private static final String PAGE = "docs/operations.md";
  private static final String SECTION = "A maximum for a namespace";
  private static final String ANNOTATION = "stoppablecontainer.xtlsoft.top/max-size=";

  /** An unprivileged agent makes no disk image, and this test needs none. */
  @Test
  @AllowsLogs("Request refused: reason=StorageSizeUnsupported")
  @Types(PAGE + "#" + SECTION)
  void aNamespaceTakesNoLargerOneThanItsAnnotationSays(TestNamespace ns) {
    String before = ns.create(Fixture.of("container.yaml").with("name: box", "name: before"));
    ns.awaitRunning(before);
    try (Typist typist = new Typist(ns).with("team-a", ns.name())) {
      typist.type(PAGE, SECTION);
      step("the API server takes a moment to know a new policy");
      Awaitility.await()
          .atMost(Timeouts.CONDITION)
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> create(ns, "").exit() != 0);
      String limit = "spec.storage.size is required in namespace " + ns.name() + ", at most 20Gi";
      assertRefused(limit, create(ns, ""));
      assertRefused(limit, create(ns, "21Gi"));
      create(ns, "20Gi").ok();
      create(ns, "20480Mi").ok();

      step("a size grows to the maximum and no further");
      ns.createQuietly(
          Fixture.of("container.yaml")
              .with("name: box", "name: sized")
              .with("running: true", "running: false\n  storage: {size: 64Mi}"));
      assertRefused(limit, grow(ns, "21Gi"));
      grow(ns, "20Gi").ok();

      step("what was there before stops, starts and is deleted");
      ns.stopAndWait(before);
      ns.startAndWait(before);
      ns.deleteAndWait(before);

      step("an annotation with a mistake lets none in");
      ns.kubectl("annotate", "namespace", ns.name(), "--overwrite", ANNOTATION + "much").ok();
      Awaitility.await()
          .atMost(Timeouts.CONDITION)
          .until(() -> create(ns, "64Mi").err().contains("is not a quantity: much"));
    } finally {
      ns.kubectl("delete", "--ignore-not-found", "-k", "kustomize/sizes").ok();
    }
  }

  private static void assertRefused(String why, Result result) {
    assertNotEquals(0, result.exit());
    assertTrue(result.err().contains(why), result.err());
  }

  private static Result grow(TestNamespace ns, String size) {
    return ns.kubectl(
        "patch",
        "stoppablecontainer/sized",
        "--type=merge",
        "-p",
        "{\"spec\":{\"storage\":{\"size\":\"" + size + "\"}}}");
  }

  /** Asks the API server whether it would take a StoppableContainer of a size. */
  private static Result create(TestNamespace ns, String size) {
    String storage = size.isEmpty() ? "" : "\n  storage: {size: " + size + "}";
    return ns.kubectlWithInput(
        Fixture.of("container.yaml").with("\nspec:", "\nspec:" + storage).text(),
        "create",
        "--dry-run=server",
        "-f",
        "-");
  }
}
