package top.xtlsoft.stoppablecontainer.e2e.feedback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static top.xtlsoft.stoppablecontainer.e2e.support.Steps.step;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerInstance;
import top.xtlsoft.stoppablecontainer.api.StoppableContainerPhase;
import top.xtlsoft.stoppablecontainer.e2e.support.ClusterTest;
import top.xtlsoft.stoppablecontainer.e2e.support.Fixture;
import top.xtlsoft.stoppablecontainer.e2e.support.TestNamespace;
import top.xtlsoft.stoppablecontainer.e2e.support.Timeouts;

/**
 * Each manifest of {@code bad-manifests.yaml} is answered in the words of that table, by the API
 * server or by the Ready condition. The operator creates nothing for any of them, and serves
 * others.
 */
@ClusterTest
class BadManifestsE2E {

  private static final int FEWEST = 40;

  /**
   * A bad manifest and what the user gets.
   *
   * @param name name of the StoppableContainer, which names the mistake
   * @param spec its spec
   * @param refused the API server's message, behind "... is invalid: "
   * @param reason reason of the Ready condition, where the API server lets it in
   * @param message that condition's message
   */
  record BadManifest(
      String name,
      @Nullable JsonNode spec,
      @Nullable String refused,
      @Nullable String reason,
      @Nullable String message) {

    String expected() {
      return refused == null ? reason + ": " + message : refused;
    }
  }

  @Test
  void eachIsReportedInItsWordsAndCreatesNothingWhileOthersAreServed(TestNamespace ns)
      throws Exception {
    List<BadManifest> table =
        List.of(
            Serialization.unmarshal(Fixture.of("bad-manifests.yaml").text(), BadManifest[].class));
    assertTrue(table.size() >= FEWEST, table.size() + " bad manifests");

    step("create %d bad manifests", table.size());
    Map<String, String> answers = new HashMap<>();
    List<String> letIn = new ArrayList<>();
    for (BadManifest bad : table) {
      refusal(ns, bad)
          .ifPresentOrElse(text -> answers.put(bad.name(), text), () -> letIn.add(bad.name()));
    }

    step("wait for the conditions of the %d that the API server let in", letIn.size());
    for (StoppableContainer sc : awaitConditions(ns, letIn)) {
      Condition ready = TestNamespace.condition(sc, "Ready").orElseThrow();
      answers.put(sc.getMetadata().getName(), ready.getReason() + ": " + ready.getMessage());
      assertEquals(StoppableContainerPhase.FAILED, sc.getStatus().phase());
      assertEquals(List.of(), sc.getMetadata().getFinalizers());
    }
    assertEquals(lines(table), actual(table, answers));

    step("nothing was made for them");
    assertEquals(List.of(), ns.podNames());
    assertEquals(
        List.of(),
        ns.client()
            .resources(StoppableContainerInstance.class)
            .inNamespace(ns.name())
            .list()
            .getItems());

    step("a good one is served beside them");
    String box = ns.create(Fixture.of("container.yaml"));
    ns.awaitRunning(box);
    ns.stopAndWait(box);
    ns.deleteAndWait(box);
  }

  /** Creates it as kubectl does, strictly; the API server's words if it refuses. */
  private static Optional<String> refusal(TestNamespace ns, BadManifest bad) {
    GenericKubernetesResource resource = new GenericKubernetesResource();
    resource.setApiVersion(ApiNames.GROUP + "/" + ApiNames.VERSION);
    resource.setKind("StoppableContainer");
    resource.setMetadata(
        new ObjectMetaBuilder().withName(bad.name()).withNamespace(ns.name()).build());
    if (bad.spec() != null) {
      resource.setAdditionalProperty("spec", bad.spec());
    }
    try {
      ns.client().resource(resource).fieldValidation(FieldValidateable.Validation.STRICT).create();
      return Optional.empty();
    } catch (KubernetesClientException e) {
      String message = e.getStatus() == null ? e.getMessage() : e.getStatus().getMessage();
      return Optional.of(
          message
              .replaceFirst("^StoppableContainer[^ ]* \"[^\"]*\" is invalid: ", "")
              // Older API servers name the type of the value that a rule refuses.
              .replace("Invalid value: \"object\": ", "Invalid value: "));
    }
  }

  private static List<StoppableContainer> awaitConditions(TestNamespace ns, List<String> names)
      throws Exception {
    CompletableFuture<List<StoppableContainer>> all =
        ns.client()
            .resources(StoppableContainer.class)
            .inNamespace(ns.name())
            .informOnCondition(
                found ->
                    found.stream()
                        .filter(sc -> TestNamespace.condition(sc, "Ready").isPresent())
                        .map(sc -> sc.getMetadata().getName())
                        .collect(Collectors.toSet())
                        .containsAll(names));
    try {
      return all.get(Timeouts.CONDITION.toMillis(), TimeUnit.MILLISECONDS);
    } finally {
      all.cancel(true);
    }
  }

  private static String lines(List<BadManifest> table) {
    return table.stream()
        .map(bad -> bad.name() + " -> " + bad.expected())
        .collect(Collectors.joining("\n"));
  }

  private static String actual(List<BadManifest> table, Map<String, String> answers) {
    return table.stream()
        .map(bad -> bad.name() + " -> " + answers.get(bad.name()))
        .collect(Collectors.joining("\n"));
  }
}
