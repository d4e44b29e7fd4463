package top.xtlsoft.stoppablecontainer.e2e.install;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.io.File;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterEnv;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterState;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.DocCommand;
import top.xtlsoft.stoppablecontainer.e2e.support.DocPage;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.NodeProcesses;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/**
 * The chart from its installation to its removal, by the commands of docs/install.md. It deploys by
 * itself, so hack/test-chart runs it on a cluster where nothing is, apart from all others.
 */
@ClusterTest
@Execution(ExecutionMode.SAME_THREAD)
class ChartE2E {

  private static final String PAGE = "docs/install.md";
  private static final String SYSTEM = ApiNames.OPERATOR_NAMESPACE;
  private static final String PREFIX = ApiNames.DEFAULT_HOST_PATH_PREFIX;
  private static final String CHART = "helm/stoppablecontainer";

  private static final Pattern LATER = Pattern.compile("^helm | delete ");

  /** The second column of kubectl get. */
  private static final Pattern NODE_COLUMN =
      Pattern.compile("    - description: .*\n      jsonPath: .status.nodeName\n(      .*\n)+");

  @TempDir private Path folder;

  static List<Path> helms() {
    return Stream.of(System.getenv("HELM").split(File.pathSeparator)).map(Path::of).toList();
  }

  @ParameterizedTest
  @MethodSource("helms")
  @Types({
    PAGE + "#With Helm",
    PAGE + "#Upgrade with Helm",
    PAGE + "#Roll back with Helm",
    PAGE + "#See that it works",
    PAGE + "#Uninstall with Helm",
    DocPage.NOTES
  })
  void comesAndGoesAndTakesNoContainerWithIt(Path helm, TestNamespace ns) throws Exception {
    step(helm.toString());
    ClusterState before = ClusterState.now();
    Set<String> pods = new HashSet<>();

    try (Typist typist = typist(helm, ns)) {
      comesAndGoes(typist, ns, pods);
    }

    assertNull(ns.client().namespaces().withName(SYSTEM).get());
    before.awaitNothingMore();
    for (String node : ClusterEnv.get().nodeNames()) {
      assertEquals(List.of(), ClusterEnv.get().node(node).list(PREFIX), node);
    }
    assertEquals(List.of(), NodeProcesses.ofPods(pods), "processes");
  }

  private void comesAndGoes(Typist typist, TestNamespace ns, Set<String> pods) throws Exception {
    typist.with(CHART, olderChart().toString()).type(PAGE, "With Helm");
    typist.with(CHART, CHART);
    requireDeployed(typist, ns, 1, PREFIX);
    assertEquals(1, difference(), "the CRDs are those of the older chart");
    doWhatHelmSays(typist);
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.sh(box, "echo precious >/root/file; rm -r /home");
    String pod = ns.getPod(box).getMetadata().getUid();
    pods.addAll(podUids(ns));

    typist.type(PAGE, "Upgrade with Helm");
    requireDeployed(typist, ns, 2, PREFIX + ",/mnt/ssd");
    assertEquals(0, difference(), "the CRDs are those of this chart");
    assertEquals(pod, ns.getPod(box).getMetadata().getUid(), "it ran on meanwhile");
    assertEquals(0, ns.restarts(box, "main"));
    pods.addAll(podUids(ns));
    stopAndStart(ns, box);

    typist.type(PAGE, "Roll back with Helm");
    requireDeployed(typist, ns, 1, PREFIX);
    pods.addAll(podUids(ns));
    stopAndStart(ns, box);
    pods.addAll(podUids(ns));
    ns.requireQuietLogs();

    typist.type(PAGE, "Uninstall with Helm");
  }

  /** With the images of this checkout in place of a registry's. */
  private Typist typist(Path helm, TestNamespace ns) {
    Typist typist = new Typist(ns).program("helm", helm);
    for (String kind : List.of("CACHE", "CONFIG", "DATA")) {
      typist.set("HELM_%s_HOME".formatted(kind), folder.resolve(kind).toString());
    }
    return typist.with("registry.example/sc/", "stoppablecontainer/").with("tag=1", "tag=dev");
  }

  /** Follows its notes, but for what belongs to an upgrade or to the end. */
  private static void doWhatHelmSays(Typist typist) {
    String notes = typist.run("helm get notes stoppablecontainer -n " + SYSTEM).ok();
    for (DocCommand command : DocPage.of(DocPage.NOTES).commands()) {
      assertTrue(notes.contains(command.line()), command + " in " + notes);
      if (!LATER.matcher(command.line()).find()) {
        typist.type(command);
      }
    }
  }

  /** This chart, whose kind lacks a column yet. */
  private Path olderChart() throws Exception {
    Path chart = folder.resolve("older");
    try (Stream<Path> files = Files.walk(Path.of(CHART), FileVisitOption.FOLLOW_LINKS)) {
      for (Path file : files.toList()) {
        Files.copy(file, chart.resolve(Path.of(CHART).relativize(file)));
      }
    }
    Path crd = chart.resolve("crds/stoppablecontainers.yaml");
    String yaml = Files.readString(crd);
    String without = NODE_COLUMN.matcher(yaml).replaceFirst("");
    assertNotEquals(yaml, without);
    Files.writeString(crd, without);
    return chart;
  }

  /** 0 if the cluster's CRDs are those of this checkout, 1 if not. */
  private static int difference() {
    return ClusterEnv.get()
        .kubectl("", "diff", "--server-side", "--force-conflicts", "-k", "kustomize/crd")
        .exit();
  }

  /** The values of the chart have reached both workloads, and these are rolled out. */
  private void requireDeployed(Typist typist, TestNamespace ns, int operators, String prefixes) {
    typist.type(PAGE, "See that it works");
    Deployment operator =
        ns.client().apps().deployments().inNamespace(SYSTEM).withName(ApiNames.OPERATOR_NAME).get();
    DaemonSet agent =
        ns.client().apps().daemonSets().inNamespace(SYSTEM).withName(ApiNames.AGENT_NAME).get();
    assertEquals(operators, operator.getStatus().getReadyReplicas());
    assertEquals(prefixes, prefixes(operator.getSpec().getTemplate().getSpec()));
    assertEquals(prefixes, prefixes(agent.getSpec().getTemplate().getSpec()));
  }

  private static void stopAndStart(TestNamespace ns, String box) {
    ns.stopAndWait(box);
    ns.startAndWait(box);
    assertEquals("precious", ns.sh(box, "cat /root/file"));
    assertEquals("", ns.sh(box, "ls -d /home 2>/dev/null || true"));
  }

  private static Set<String> podUids(TestNamespace ns) {
    Set<String> uids = new HashSet<>();
    for (String namespace : List.of(ns.name(), SYSTEM)) {
      ns.client()
          .pods()
          .inNamespace(namespace)
          .list()
          .getItems()
          .forEach(pod -> uids.add(pod.getMetadata().getUid()));
    }
    return uids;
  }

  private static String prefixes(PodSpec pod) {
    return pod.getContainers().getFirst().getEnv().stream()
        .filter(variable -> variable.getName().equals("SC_ALLOWED_HOST_PATH_PREFIXES"))
        .map(EnvVar::getValue)
        .findFirst()
        .orElseThrow();
  }
}
