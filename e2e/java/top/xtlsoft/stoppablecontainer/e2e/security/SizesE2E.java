package top.xtlsoft.stoppablecontainer.e2e.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
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

/**
 * The policies of {@code kustomize/sizes}: a namespace limits the sizes in it, and has a default.
 */
@ClusterTest
@Isolated
@Tag("disruptive")
class SizesE2E {

  private static final String PAGE = "docs/operations.md";
  private static final String SECTION = "A maximum and a default";
  private static final String DEFAULT = "stoppablecontainer.xtlsoft.top/default-size";
  private static final String ANNOTATION = "stoppablecontainer.xtlsoft.top/max-size=";

  /** An unprivileged agent makes no disk image, and this test needs none. */
  @Test
  @AllowsLogs("Request refused: reason=StorageSizeUnsupported")
  @Types(PAGE + "#" + SECTION)
  void aNamespaceTakesNoLargerOneThanItsAnnotationSays(TestNamespace ns) {
    String before = ns.create(Fixture.of("container.yaml").with("name: box", "name: before"));
    ns.awaitRunning(before);
    TestNamespace other = TestNamespace.create(ns.name() + "-b", false);
    try (Typist typist = new Typist(ns).with("team-a", ns.name()).with("team-b", other.name())) {
      typist.type(PAGE, SECTION);
      step("the API server takes a moment to know new policies");
      String limit = "spec.storage.size is required in namespace " + ns.name() + ", at most 20Gi";
      awaitRefused(limit, ns);
      assertRefused(limit, create(ns, ""));
      assertRefused(limit, create(ns, "21Gi"));
      create(ns, "20Gi").ok();
      create(ns, "20480Mi").ok();

      step("a default is given to those that name no size");
      awaitSize("10Gi", other, "");
      assertEquals("1Gi", create(other, "1Gi").ok());
      assertEquals("", adopt(other).ok(), "files that are set aside have no size");

      step("the sizes of all other namespaces");
      ns.kubectl("annotate", "namespace", other.name(), DEFAULT + "-").ok();
      give(ns, "admission.yaml", "100Gi");
      awaitRefused("at most 100Gi", other);
      give(ns, "default.yaml", "5Gi");
      awaitSize("5Gi", other, "");
      awaitSize("5Gi", ns, "");
      assertNull(ns.sc(before).get().getSpec().storage(), "what was there before");

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
      other.delete();
      ns.kubectl("delete", "--ignore-not-found", "-k", "kustomize/sizes").ok();
      awaitNoPolicy(ns);
    }
  }

  /** The API server gives and refuses sizes for a moment after that: the next test has none. */
  private static void awaitNoPolicy(TestNamespace ns) {
    Awaitility.await()
        .atMost(Timeouts.CONDITION)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> create(ns, ""), result -> result.exit() == 0 && result.out().isEmpty());
  }

  private static void assertRefused(String why, Result result) {
    assertNotEquals(0, result.exit());
    assertTrue(result.err().contains(why), result.err());
  }

  /** Writes a size of all namespaces into a policy. */
  private static void give(TestNamespace ns, String file, String size) {
    try {
      String policy = Files.readString(Path.of("kustomize/sizes", file));
      ns.kubectlWithInput(
              policy.replaceFirst("\\.orValue\\(''\\)\\n", ".orValue('" + size + "')\n"),
              "apply",
              "-f",
              "-")
          .ok();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void awaitRefused(String why, TestNamespace ns) {
    Awaitility.await()
        .atMost(Timeouts.CONDITION)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> create(ns, "").err().contains(why));
  }

  private static Result grow(TestNamespace ns, String size) {
    return ns.kubectl(
        "patch",
        "stoppablecontainer/sized",
        "--type=merge",
        "-p",
        "{\"spec\":{\"storage\":{\"size\":\"" + size + "\"}}}");
  }

  /** Until the API server would take a StoppableContainer, and give it the size. */
  private static void awaitSize(String expected, TestNamespace ns, String size) {
    Awaitility.await()
        .atMost(Timeouts.CONDITION)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> create(ns, size).out(), expected::equals);
  }

  /** Asks the API server whether it would take a StoppableContainer of a size, and with which. */
  private static Result create(TestNamespace ns, String size) {
    String storage = size.isEmpty() ? "" : "\n  storage: {size: " + size + "}";
    return create(ns, Fixture.of("container.yaml").with("\nspec:", "\nspec:" + storage));
  }

  private static Result adopt(TestNamespace ns) {
    return create(
        ns,
        Fixture.of("container.yaml")
            .with(
                "name: box",
                "name: box\n  annotations: {stoppablecontainer.xtlsoft.top/adopt: \""
                    + UUID.randomUUID()
                    + "\"}"));
  }

  private static Result create(TestNamespace ns, Fixture fixture) {
    return ns.kubectlWithInput(
        fixture.text(),
        "create",
        "--dry-run=server",
        "-o",
        "jsonpath={.spec.storage.size}",
        "-f",
        "-");
  }
}
