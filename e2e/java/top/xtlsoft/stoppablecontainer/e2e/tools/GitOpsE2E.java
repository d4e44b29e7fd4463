package top.xtlsoft.stoppablecontainer.e2e.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.Result;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;
import top.xtlsoft.stoppablecontainer.e2e.support.Types;
import top.xtlsoft.stoppablecontainer.e2e.support.Typist;

/** Tools that deploy from a repository: how they change a StoppableContainer and read its state. */
@ClusterTest
class GitOpsE2E {

  private static final String PAGE = "docs/gitops.md";
  private static final String REFERENCE = "#/components/schemas/";
  private static final String KEYS = "x-kubernetes-list-map-keys";

  /** Only there to be refused. */
  private static final String REFUSED = "ephemeralContainers";

  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  @Types(PAGE)
  void aStoppedOneHasNothingInProgressAndOneThatNeedsItsUserIsStalled(TestNamespace ns) {
    String box = ns.create(Fixture.of("container.yaml").with("name: box", "name: workbench"));
    ns.awaitRunning(box);
    assertEquals(Optional.empty(), TestNamespace.condition(ns.sc(box).get(), "Stalled"));
    ns.stop(box);
    try (Typist typist = new Typist(ns)) {
      typist.type(PAGE);
    }
    assertEquals(Optional.empty(), TestNamespace.condition(ns.sc(box).get(), "Ready"));
    ns.startAndWait(box);

    String bad =
        ns.create(
            Fixture.of("container.yaml")
                .with("name: box", "name: bad")
                .with("running: true", "running: true\n  hostPathPrefix: /etc"));
    ns.awaitNotReady(bad, "HostPathPrefixNotAllowed", Timeouts.CONDITION);
    assertEquals(
        "HostPathPrefixNotAllowed",
        TestNamespace.condition(ns.sc(bad).get(), "Stalled").orElseThrow().getReason());
  }

  @Test
  void decimalsAreTakenAsInAPod(TestNamespace ns) {
    String box =
        ns.create(
            Fixture.of("container.yaml")
                .with("command:", "resources: {limits: {cpu: 0.5}}\n      command:"));
    ns.awaitRunning(box);
    assertEquals(
        "500m",
        ns.kubectl("get", "pod", box, "-o", "jsonpath={.spec.containers[0].resources.limits.cpu}")
            .ok());
  }

  @Test
  void aQuantityBeyondAllUseIsRefused(TestNamespace ns) {
    Fixture fixture =
        Fixture.of("container.yaml")
            .with("command:", "resources: {limits: {cpu: \"1e99999999999\"}}\n      command:");
    Result refused = ns.kubectlWithInput(fixture.text(), "create", "-f", "-");
    assertTrue(refused.err().contains("should match"), refused.err());
  }

  @Test
  void twoManagersOwnElementsOfOneList(TestNamespace ns) {
    apply(ns, "one", "false", "{name: main, image: i, env: [{name: A, value: a}]}").ok();
    apply(ns, "two", "false", "{name: main, env: [{name: B, value: b}]}").ok();
    assertEquals(
        "A B",
        ns.kubectl(
                "get",
                "stoppablecontainer",
                "shared",
                "-o",
                "jsonpath={.spec.template.spec.containers[0].env[*].name}")
            .ok());
    step("an apply by force that leaves no image");
    Result refused = apply(ns, "one", "true", "{name: main, env: [{name: A, value: a}]}");
    assertNotEquals(0, refused.exit());
    assertTrue(
        refused.err().contains("template.spec.containers[0].image is required"), refused.err());
  }

  private static Result apply(TestNamespace ns, String manager, String force, String container) {
    return ns.kubectlWithInput(
        """
        apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
        kind: StoppableContainer
        metadata: {name: shared}
        spec: {template: {spec: {containers: [%s]}}}
        """
            .formatted(container),
        "apply",
        "--server-side",
        "--field-manager=" + manager,
        "--force-conflicts=" + force,
        "-f",
        "-");
  }

  /** The API server's own documents, side by side: that of pods and that of the custom resource. */
  @Test
  void eachListOfTheTemplateMergesAsThatOfAPod(TestNamespace ns) throws Exception {
    JsonNode core = schemas(ns, "api/v1");
    JsonNode own = schemas(ns, "apis/" + ApiNames.GROUP + "/" + ApiNames.VERSION);
    JsonNode template =
        own.get("top.xtlsoft.stoppablecontainer.v1alpha1.StoppableContainer")
            .at("/properties/spec/properties/template/properties");
    JsonNode pod = core.get("io.k8s.api.core.v1.PodSpec");
    Map<String, String> expected = new TreeMap<>();
    Map<String, String> actual = new TreeMap<>();
    compare("spec", core, pod, template.get("spec"), expected, actual);
    compare(
        "container",
        core,
        core.get("io.k8s.api.core.v1.Container"),
        template.get("container"),
        expected,
        actual);
    pod.get("properties")
        .properties()
        .forEach(
            field -> {
              if (template.has(field.getKey())) {
                compare(
                    field.getKey(),
                    core,
                    field.getValue(),
                    template.get(field.getKey()),
                    expected,
                    actual);
              }
            });
    assertTrue(expected.size() > 20, expected.toString());
    assertEquals(expected, actual);
  }

  private static JsonNode schemas(TestNamespace ns, String group) throws Exception {
    return JSON.readTree(ns.kubectl("get", "--raw", "/openapi/v3/" + group).ok())
        .at("/components/schemas");
  }

  private static void compare(
      String path,
      JsonNode core,
      JsonNode ofPod,
      JsonNode own,
      Map<String, String> expected,
      Map<String, String> actual) {
    JsonNode pod = resolved(core, ofPod);
    if (path.endsWith(REFUSED)) {
      return;
    }
    if (pod.has(KEYS)) {
      expected.put(path, pod.get(KEYS).toString());
    }
    if (own.has(KEYS)) {
      actual.put(path, own.get(KEYS).toString());
    }
    for (String inner : new String[] {"items", "additionalProperties"}) {
      if (pod.has(inner) && own.has(inner)) {
        compare(path + "[]", core, pod.get(inner), own.get(inner), expected, actual);
      }
    }
    own.path("properties")
        .properties()
        .forEach(
            field -> {
              JsonNode same = pod.path("properties").path(field.getKey());
              if (!same.isMissingNode()) {
                compare(
                    path + "." + field.getKey(), core, same, field.getValue(), expected, actual);
              }
            });
  }

  private static JsonNode resolved(JsonNode core, JsonNode schema) {
    JsonNode reference = schema.has("$ref") ? schema.get("$ref") : schema.at("/allOf/0/$ref");
    return reference.isMissingNode()
        ? schema
        : core.get(reference.asText().substring(REFERENCE.length()));
  }
}
