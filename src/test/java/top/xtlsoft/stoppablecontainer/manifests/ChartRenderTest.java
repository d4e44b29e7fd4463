package top.xtlsoft.stoppablecontainer.manifests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/**
 * The chart as Helm renders it: each of the binaries that the variable {@code HELM} names, as
 * hack/helm prints them, else the one on the path; skipped where there is none.
 */
@ParameterizedClass
@MethodSource("helms")
class ChartRenderTest {

  private static final String EVERY_OPTION =
      "src/test/resources/top/xtlsoft/stoppablecontainer/manifests/every-option.yaml";

  private static final String NONE = "";

  @TempDir private Path folder;

  private final String binary;

  ChartRenderTest(String binary) {
    this.binary = binary;
  }

  static List<String> helms() {
    String named = System.getenv().getOrDefault("HELM", "");
    if (!named.isEmpty()) {
      return List.of(named.split(File.pathSeparator));
    }
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(path -> Path.of(path, "helm"))
        .filter(Files::isExecutable)
        .findFirst()
        .map(helm -> List.of(helm.toString()))
        .orElse(List.of(NONE));
  }

  private static final String NEWEST = "1.37.0";

  @BeforeEach
  void helmIsThere() {
    assumeTrue(!binary.equals(NONE), "no helm: HELM=$(hack/helm) builds it");
  }

  @Test
  void rendersTheObjectsOfKustomize() throws Exception {
    Map<String, Object> kustomize = new TreeMap<>();
    for (String part : List.of("operator", "agent")) {
      try (Stream<Path> files = Files.list(Path.of("kustomize", part))) {
        for (Path file : files.filter(f -> !f.endsWith("kustomization.yaml")).toList()) {
          kustomize.putAll(objects(Files.readString(file)));
        }
      }
    }
    assertEquals(kustomize, objects(template()));
  }

  @Test
  void rendersEveryOption() throws Exception {
    Map<String, Object> objects = objects(template("--values", EVERY_OPTION));
    assertTrue(
        objects
            .keySet()
            .containsAll(
                Set.of(
                    "ClusterRole stoppablecontainer-starter",
                    "MutatingAdmissionPolicy stoppablecontainer-default-size",
                    "Role stoppablecontainer-page",
                    "Service stoppablecontainer-metrics",
                    "Service stoppablecontainer-page",
                    "ServiceMonitor stoppablecontainer",
                    "ValidatingAdmissionPolicy stoppablecontainer-sizes",
                    "ValidatingAdmissionPolicy stoppablecontainer-starters")));
    assertTrue(
        objects
            .get("MutatingAdmissionPolicy stoppablecontainer-default-size")
            .toString()
            .contains(".orValue('10Gi')"));
    assertTrue(
        objects
            .get("ValidatingAdmissionPolicy stoppablecontainer-sizes")
            .toString()
            .contains("max-size'] .orValue('100Gi')"));
    assertEquals(
        Files.readString(Path.of("kustomize/observability/dashboard.json")).strip(),
        typed(objects, "ConfigMap stoppablecontainer-dashboard", ConfigMap.class)
            .getData()
            .get("stoppablecontainer.json")
            .strip());
    assertEquals(
        objects(Files.readString(Path.of("kustomize/observability/prometheusrule.yaml")))
            .values()
            .stream()
            .map(rule -> ((Map<?, ?>) rule).get("spec"))
            .toList(),
        List.of(((Map<?, ?>) objects.get("PrometheusRule stoppablecontainer")).get("spec")));
    assertTrue(objects.keySet().stream().noneMatch(name -> name.startsWith("NetworkPolicy ")));

    Deployment operator =
        typed(objects, "Deployment stoppablecontainer-controller-manager", Deployment.class);
    PodSpec pod = operator.getSpec().getTemplate().getSpec();
    assertEquals(2, operator.getSpec().getReplicas());
    assertEquals("system-cluster-critical", pod.getPriorityClassName());
    assertEquals("registry", pod.getImagePullSecrets().getFirst().getName());
    assertTrue(
        pod.getContainers()
            .getFirst()
            .getImage()
            .startsWith("registry.example/sc/controller@sha256:"));
    assertEquals("60", variable(pod, "SC_AGENT_WAIT_SECONDS"));
    assertEquals("json", variable(pod, "SC_LOG_FORMAT"));
    assertEquals("crun", variable(pod, "SC_ALLOWED_RUNTIME_CLASSES"));
    assertEquals("8082", variable(pod, "SC_PAGE_PORT"));

    DaemonSet agent = typed(objects, "DaemonSet stoppablecontainer-mount-helper", DaemonSet.class);
    pod = agent.getSpec().getTemplate().getSpec();
    Container container = pod.getContainers().getFirst();
    assertEquals("registry.example/sc/mount-helper:1", container.getImage());
    assertEquals("/var/lib/k0s/kubelet", variable(pod, "SC_KUBELET_ROOT"));
    assertEquals("/var/lib/k0s/kubelet", container.getVolumeMounts().getFirst().getMountPath());
    assertEquals("/var/lib/k0s/kubelet", pod.getVolumes().getFirst().getHostPath().getPath());
    assertEquals("unix:///run/k0s/containerd.sock", variable(pod, "SC_CRI_SOCKET"));
    assertEquals("P30D", variable(pod, "SC_ORPHAN_PURGE_AFTER"));
    assertEquals(
        "/var/lib/stoppablecontainer,/mnt/ssd", variable(pod, "SC_ALLOWED_HOST_PATH_PREFIXES"));
    assertEquals(List.of(), pod.getTolerations());
    assertEquals(Map.of("disk", "fast"), pod.getNodeSelector());
  }

  @Test
  void hasNoDefaultSizeWhereKubernetesCanNot() throws Exception {
    Set<String> names =
        objects(template("--kube-version", "1.35.0", "--set", "sizes.enabled=true")).keySet();
    assertTrue(names.contains("ValidatingAdmissionPolicy stoppablecontainer-sizes"));
    assertTrue(names.stream().noneMatch(name -> name.startsWith("MutatingAdmissionPolicy")));
  }

  @Test
  void passesHelmLint() throws Exception {
    helm(0, "lint", "--strict", ChartTest.CHART.toString());
    helm(
        0,
        "lint",
        "--strict",
        ChartTest.CHART.toString(),
        "--values",
        EVERY_OPTION,
        "--kube-version",
        NEWEST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "agent.kubletRoot=/var/lib/kubelet",
        "agent.kubeletRoot=var/lib/kubelet",
        "agent.criSocket=tcp://127.0.0.1:1",
        "agent.orphanPurgeAfter=30d",
        "operator.replicas=0",
        "operator.tracing=true",
        "page.enabled=sometimes",
        "logFormat=xml",
        "operator.image.digest=1234",
        "agent.maxUnavailable=some",
        "allowedHostPathPrefixes={/mnt/with space}",
        "metrics.serviceMonitor.enabled=true",
        "sizes.enabled=true,sizes.default=10Gi"
      })
  void refuses(String value) throws Exception {
    String said =
        helm(
            1,
            "template",
            "any",
            ChartTest.CHART.toString(),
            "--kube-version",
            "1.34.0",
            "--set",
            value);
    assertTrue(
        said.contains("values don't meet")
            || said.contains("metrics.service.enabled")
            || said.contains("sizes.default needs Kubernetes 1.36"),
        said);
  }

  private String template(String... options) throws IOException, InterruptedException {
    List<String> words =
        new ArrayList<>(
            List.of("template", "any", ChartTest.CHART.toString(), "--kube-version", NEWEST));
    words.addAll(List.of("--namespace", ApiNames.OPERATOR_NAMESPACE));
    words.addAll(List.of(options));
    return helm(0, words.toArray(String[]::new));
  }

  private String helm(int code, String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(binary));
    command.addAll(List.of(words));
    Path output = folder.resolve("output");
    Path errors = folder.resolve("errors");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "helm does not end");
    String said = Files.readString(code == 0 ? output : errors);
    assertEquals(code, process.exitValue(), () -> said + read(errors));
    return said;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static List<Object> load(String yaml) {
    List<Object> documents = new ArrayList<>();
    new Load(LoadSettings.builder().build()).loadAllFromString(yaml).forEach(documents::add);
    return documents.stream().filter(Map.class::isInstance).toList();
  }

  /** Objects by kind and name. */
  private static Map<String, Object> objects(String yaml) {
    return load(yaml).stream()
        .map(Map.class::cast)
        .collect(
            Collectors.toMap(
                object ->
                    object.get("kind") + " " + ((Map<?, ?>) object.get("metadata")).get("name"),
                object -> object,
                (one, other) -> {
                  throw new IllegalStateException("twice: " + one);
                },
                TreeMap::new));
  }

  private static <T> T typed(Map<String, Object> objects, String name, Class<T> type) {
    return Serialization.unmarshal(Serialization.asJson(objects.get(name)), type);
  }

  private static String variable(PodSpec pod, String name) {
    return pod.getContainers().getFirst().getEnv().stream()
        .filter(variable -> variable.getName().equals(name))
        .map(EnvVar::getValue)
        .findFirst()
        .orElseThrow();
  }
}
