package top.xtlsoft.stoppablecontainer.e2e.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesList;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.PodDifference;
import top.xtlsoft.stoppablecontainer.e2e.support.PodFacts;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;

/**
 * A plain pod and a StoppableContainer of the same spec, side by side: all that {@code
 * parity/facts.sh} finds inside is equal, aspect by aspect, and so is the pod in the API; but for
 * what {@link PodDifference} names.
 */
@ClusterTest
class ParityE2E {

  private static final String PLAIN = "parity-plain-pod";
  private static final String STOPPABLE = "parity-stoppable";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "default",
        "image-settings",
        "user",
        "capabilities",
        "privileged",
        "read-only-root",
        "environment",
        "names",
        "host-namespaces",
        "shared-processes",
        "user-namespace",
        "volumes",
        "scheduling"
      })
  void isLikeAPlainPod(String spec, TestNamespace ns) {
    create(ns, Fixture.of("parity/objects.yaml"));
    if (spec.equals("volumes")) {
      create(ns, Fixture.of("parity/claim.yaml").with("NAMESPACE", ns.name()));
    }
    try {
      createBoth(ns, Fixture.of("parity/" + spec + ".yaml").text());

      step("compare the pods of spec %s", spec);
      List<String> plain = facts(ns, PLAIN, List.of());
      List<String> found = differences("exec", plain, facts(ns, STOPPABLE, List.of()));
      found.addAll(
          differences("sc-exec", plain, facts(ns, STOPPABLE, List.of("/.sc-bin/sc-exec"))));
      assertEquals("", String.join("\n", found), "plain pod (-), StoppableContainer (+)");
    } finally {
      ns.client().resources(PersistentVolume.class).withName(ns.name()).delete();
    }
  }

  private static void create(TestNamespace ns, Fixture fixture) {
    for (HasMetadata item :
        Serialization.unmarshal(fixture.text(), KubernetesList.class).getItems()) {
      boolean ofTheCluster = item instanceof PersistentVolume;
      var resource = ns.client().resource(item);
      NonDeletingOperation<HasMetadata> place =
          ofTheCluster ? resource : resource.inNamespace(ns.name());
      place.create();
    }
  }

  private static void createBoth(TestNamespace ns, String spec) {
    String labels = "labels: {app: parity}\nannotations: {example.com/note: kept}\n";
    ns.create(
        new Fixture(
            """
            apiVersion: stoppablecontainer.xtlsoft.top/v1alpha1
            kind: StoppableContainer
            metadata:
              name: %s
            spec:
              running: true
              template:
                metadata:
            %s    spec:
            %s"""
                .formatted(STOPPABLE, labels.indent(6), spec.indent(6))));
    ns.createPod(
        new Fixture(
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: %s
            %sspec:
            %s"""
                .formatted(PLAIN, labels.indent(2), spec.indent(2))));
    ns.awaitRunning(STOPPABLE);
  }

  private static List<String> facts(TestNamespace ns, String pod, List<String> command) {
    Map<String, List<String>> facts = PodFacts.inside(ns, pod, command);
    assertTrue(facts.size() > 30, () -> "aspects: " + facts.keySet());
    facts.put("spec", PodFacts.spec(ns.getPod(pod)));
    return facts.entrySet().stream()
        .flatMap(aspect -> aspect.getValue().stream().map(fact -> aspect.getKey() + " " + fact))
        .filter(fact -> !PodDifference.isDocumented(fact))
        .toList();
  }

  /** Facts that only one of both has, those of an aspect together. */
  private static List<String> differences(String way, List<String> plain, List<String> stoppable) {
    List<String> differences = new ArrayList<>();
    without(plain, stoppable).forEach(fact -> differences.add(fact + " (- " + way + ")"));
    without(stoppable, plain).forEach(fact -> differences.add(fact + " (+ " + way + ")"));
    differences.sort(Comparator.naturalOrder());
    return differences;
  }

  private static List<String> without(List<String> all, List<String> less) {
    List<String> rest = new ArrayList<>(all);
    less.forEach(rest::remove);
    return rest;
  }
}
