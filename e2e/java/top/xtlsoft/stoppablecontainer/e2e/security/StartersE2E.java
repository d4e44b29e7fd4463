package top.xtlsoft.stoppablecontainer.e2e.security;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/** People who may start and stop, with the role and the policy of {@code kustomize/starters}. */
@ClusterTest
@Isolated
@Tag("disruptive")
class StartersE2E {

  private static final String PAGE = "docs/security.md";
  private static final String SECTION = "People who may only start and stop";

  /** What the right to patch is without the policy: the right to run any pod. */
  private static final List<String> MORE =
      List.of(
          "{\"spec\":{\"template\":{\"container\":{\"command\":[\"id\"]}}}}",
          "{\"spec\":{\"template\":{\"serviceAccountName\":\"deployer\"}}}",
          "{\"spec\":{\"template\":{\"volumes\":[{\"name\":\"s\",\"secret\":{\"secretName\":\"db\"}}]}}}",
          "{\"spec\":{\"running\":true,\"template\":{\"restartPolicy\":\"Never\"}}}",
          "{\"spec\":{\"provider\":{\"nodeSelector\":{\"a\":\"b\"}}}}",
          "{\"metadata\":{\"finalizers\":null}}",
          "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}",
          "{\"metadata\":{\"annotations\":{\"a\":\"b\"}}}");

  private static final String ANNOTATE =
      "{\"metadata\":{\"annotations\":{\"stoppablecontainer.xtlsoft.top/%s\":\"true\"}}}";

  @Test
  @Types(PAGE + "#" + SECTION)
  void theyStartAndStopAndDoNoMore(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    String jane = "jane-" + ns.name();
    try (Typist typist = new Typist(ns).with("--user=jane", "--user=" + jane)) {
      typist.type(PAGE, SECTION);
      step("the API server takes a moment to know a new policy");
      Awaitility.await()
          .atMost(Timeouts.CONDITION)
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> patch(ns, jane, MORE.getFirst(), "--dry-run=server").exit() != 0);
      for (String more : MORE) {
        Result refused = patch(ns, jane, more, "--dry-run=server");
        assertNotEquals(0, refused.exit(), more);
        assertTrue(refused.err().contains("who may not create StoppableContainers"), refused.err());
      }
      patch(ns, jane, "{\"spec\":{\"running\":false}}").ok();
      ns.awaitStopped(box);
      patch(ns, jane, "{\"spec\":{\"running\":true}}").ok();
      ns.awaitRunning(box);
      for (String annotation : List.of("trace", "running-set-at", "keep-awake-until")) {
        patch(ns, jane, ANNOTATE.formatted(annotation)).ok();
      }

      step("operator, garbage collector and users who may create are as before");
      ns.patch(box, MORE.getFirst());
      ns.deleteAndWait(box);
    } finally {
      ns.kubectl("delete", "--ignore-not-found", "-k", "kustomize/starters").ok();
    }
  }

  private static Result patch(TestNamespace ns, String user, String json, String... more) {
    String[] arguments =
        new String[] {
          "patch", "stoppablecontainer", "box", "--as=" + user, "--type=merge", "-p", json
        };
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of(more));
    return ns.kubectl(all.toArray(String[]::new));
  }
}
