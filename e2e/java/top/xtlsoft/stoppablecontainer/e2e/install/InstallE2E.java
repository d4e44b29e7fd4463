package top.xtlsoft.stoppablecontainer.e2e.install;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterState;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.DocCommand;
import top.xtlsoft.stoppablecontainer.e2e.support.DocPage;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/**
 * From nothing to an operator, by the commands of the pages, and back to nothing. It deploys by
 * itself, so hack/test-install runs it on a cluster where nothing is, apart from all others.
 */
@ClusterTest
@Execution(ExecutionMode.SAME_THREAD)
class InstallE2E {

  private static final String INSTALL = "docs/install.md";
  private static final String SYSTEM = ApiNames.OPERATOR_NAMESPACE;
  private static final String PREFIX = ApiNames.DEFAULT_HOST_PATH_PREFIX;
  private static final List<String> IMAGES = List.of("controller", "mount-helper");

  @Test
  @Types("README.md#See it work")
  void theDemoSaysWhatTheReadmeShows(TestNamespace ns) {
    ClusterState before = ClusterState.now();
    try (Typist typist = typist(ns)) {
      typist.type("README.md", "See it work");
    }
    ns.kubectl("delete", "namespace", "stoppablecontainer-demo").ok();
    make("undeploy-daemonset", "undeploy", "uninstall");
    requireNothingMoreThan(before);
  }

  @Test
  @Types({
    "README.md#Install it on your cluster",
    INSTALL + "#With make",
    INSTALL + "#See that it works",
    INSTALL + "#Try the samples",
    INSTALL + "#Upgrade with make",
    INSTALL + "#Uninstall with make"
  })
  void withMake(TestNamespace ns) {
    ClusterState before = ClusterState.now();
    try (Typist typist = typist(ns)) {
      typist.type("README.md", "Install it on your cluster");
      typist.type(INSTALL, "With make");
      typist.type(INSTALL, "See that it works");
      requireImages(ns, 1);
      typist.type(INSTALL, "Try the samples");
      String pod = ns.getPod("hello").getMetadata().getUid();

      typist.type(INSTALL, "Upgrade with make");
      requireImages(ns, 2);
      requireNotDisturbed(ns, "hello", pod);

      step("nothing is taken away from under them");
      Result refused = ClusterEnv.get().make("undeploy-daemonset");
      assertNotEquals(0, refused.exit());
      assertTrue(
          refused.err().contains("3 StoppableContainers and snapshots are left"), refused.err());
      ns.requireQuietLogs();

      typist.type(INSTALL, "Uninstall with make");
    }
    requireNothingMoreThan(before);
  }

  @Test
  @Types({
    INSTALL + "#With kustomize",
    INSTALL + "#Upgrade with kustomize",
    INSTALL + "#See that it works",
    INSTALL + "#Uninstall with kustomize"
  })
  void withKustomize(TestNamespace ns) {
    ClusterState before = ClusterState.now();
    try (Typist typist = typist(ns)) {
      typist.type(INSTALL, "With kustomize");
      typist.type(INSTALL, "See that it works");
      requireImages(ns, 1);
      String box = ns.create(Fixture.of("container.yaml"));
      ns.awaitRunning(box);
      String pod = ns.getPod(box).getMetadata().getUid();

      typist.with("newTag: \"1\"", "newTag: \"2\"").type(INSTALL, "Upgrade with kustomize");
      typist.type(INSTALL, "See that it works");
      requireImages(ns, 2);
      requireNotDisturbed(ns, box, pod);
      ns.stopAndWait(box);
      ns.startAndWait(box);
      ns.requireQuietLogs();

      typist.type(INSTALL, "Uninstall with kustomize");
    }
    requireNothingMoreThan(before);
  }

  @Test
  @Types("docs/development.md#The operator on your machine")
  void theOperatorOnThisMachine(TestNamespace ns) {
    ClusterState before = ClusterState.now();
    try (Typist typist = typist(ns)) {
      for (DocCommand command :
          DocPage.of("docs/development.md").commands("The operator on your machine")) {
        typist.type(command);
      }
      String box = ns.create(Fixture.of("container.yaml"));
      // It is being built until then.
      ns.awaitPhase(box, StoppableContainerPhase.RUNNING, "True", Timeouts.MAKE);
      ns.deleteAndWait(box);
    }
    make("undeploy-daemonset", "undeploy", "uninstall");
    requireNothingMoreThan(before);
  }

  /** The images of this checkout pass for two versions in the registry that the pages speak of. */
  private static Typist typist(TestNamespace ns) {
    for (String image : IMAGES) {
      for (int version : new int[] {1, 2}) {
        ClusterEnv.get()
            .nameImageInFull("stoppablecontainer/%s:dev".formatted(image), named(image, version));
      }
    }
    return new Typist(ns);
  }

  private static String named(String image, int version) {
    return "registry.example/sc/%s:%d".formatted(image, version);
  }

  private static void requireImages(TestNamespace ns, int version) {
    assertEquals(
        IMAGES.stream().map(image -> named(image, version)).toList(),
        ns.client().pods().inNamespace(SYSTEM).list().getItems().stream()
            .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
            .map(pod -> pod.getSpec().getContainers().getFirst().getImage())
            .sorted()
            .toList());
  }

  private static void requireNotDisturbed(TestNamespace ns, String box, String pod) {
    assertEquals(pod, ns.getPod(box).getMetadata().getUid(), "it ran on meanwhile");
    assertEquals(0, ns.restarts(box, "main"));
  }

  private static void make(String... targets) {
    ClusterEnv.get().make(targets).ok();
  }

  private static void requireNothingMoreThan(ClusterState before) {
    assertNull(ClusterEnv.get().client().namespaces().withName(SYSTEM).get());
    before.awaitNothingMore();
    for (String node : ClusterEnv.get().nodeNames()) {
      assertEquals(List.of(), ClusterEnv.get().node(node).list(PREFIX), node);
    }
  }
}
