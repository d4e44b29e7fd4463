package top.xtlsoft.stoppablecontainer.operator.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;

class ParkedResourcesTest {

  private static NormalizedTemplate template(String container) {
    return NormalizedTemplate.of(
        Given.sc("template: {container: {image: 'image:1', %s}}".formatted(container)).getSpec());
  }

  private static ParkedResources of(String resources) {
    return ParkedResources.of(template("resources: " + resources));
  }

  private static String text(ResourceRequirements resources) {
    return text(resources.getRequests()) + " of " + text(resources.getLimits());
  }

  private static String text(Map<String, Quantity> all) {
    return new TreeMap<>(all)
        .entrySet().stream()
            .map(each -> each.getKey() + "=" + each.getValue())
            .collect(Collectors.joining(" "));
  }

  private static Pod pod(String resources) {
    return Serialization.unmarshal(
        "spec: {containers: [{name: main, resources: %s, volumeMounts: [{name: %s}]}]}"
            .formatted(resources, ApiNames.VOLUME_REQUEST),
        Pod.class);
  }

  /** The limits of a pod that is not guaranteed what it requests stay as they are. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{requests: {cpu: 1, memory: 1Gi}}               | cpu=10m memory=16Mi of",
        "{requests: {cpu: 5m, memory: 8Mi}}              | cpu=5m memory=8Mi of",
        "{requests: {cpu: 1}, limits: {memory: 1Gi}}     | cpu=10m memory=16Mi of memory=1Gi",
        "{requests: {cpu: 1}, limits: {cpu: 2}}          | cpu=10m of cpu=2",
        "{limits: {cpu: 1, memory: 1Gi}} | cpu=10m memory=16Mi of cpu=10m memory=16Mi",
        "{requests: {cpu: 1000m, memory: 1Gi}, limits: {cpu: 1, memory: 1024Mi}}"
            + " | cpu=10m memory=16Mi of cpu=10m memory=16Mi",
        "{requests: {cpu: 1, ephemeral-storage: 1Gi}, limits: {example.com/gpu: 1}} | cpu=10m of",
        "{} | of"
      })
  void whatAPodHoldsWhileItWaits(String resources, String small) {
    assertEquals(small, text(of(resources).small()).strip());
  }

  @Test
  void aLimitIsTheRequestThatIsMissing() {
    assertEquals(
        "cpu=1 memory=1Gi of memory=1Gi",
        text(of("{requests: {cpu: 1}, limits: {memory: 1Gi}}").full()));
  }

  @Test
  void tellsWhatAPodRequestsNow() {
    ParkedResources resources = of("{requests: {cpu: '1'}, limits: {memory: 1Gi}}");
    Pod full = pod("{requests: {cpu: 1000m, memory: 1Gi}, limits: {memory: 1024Mi}}");
    assertTrue(resources.isFull(full));
    assertFalse(resources.isSmall(full));
    Pod small = pod("{requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 1Gi}}");
    assertTrue(resources.isSmall(small));
    assertFalse(resources.isFull(small));
  }

  @Test
  void ignoresWhatTheTemplateDoesNotName() {
    Pod defaulted = pod("{requests: {cpu: '1', memory: 256Mi}, limits: {memory: 1Gi}}");
    assertTrue(of("{requests: {cpu: '1'}}").isFull(defaulted));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{requests: {cpu: 200m}}", "{requests: {memory: 1Gi}}", "{limits: {cpu: '1'}}"})
  void aPodThatOthersHaveChangedIsNeither(String changed) {
    ParkedResources resources = of("{requests: {cpu: '1'}}");
    Pod pod = pod(changed);
    assertFalse(resources.isFull(pod));
    assertFalse(resources.isSmall(pod));
  }

  @Test
  void aPodThatRequestsNothingIsFull() {
    assertTrue(of("{}").isFull(pod("{}")));
    assertFalse(of("{}").isSmall(pod("{}")));
  }

  @Test
  void knowsWhatAChangeWouldStartAnew() {
    assertFalse(ParkedResources.isRestartedByChange(template("resources: {}")));
    assertFalse(
        ParkedResources.isRestartedByChange(
            template("resizePolicy: [{resourceName: cpu, restartPolicy: NotRequired}]")));
    assertTrue(
        ParkedResources.isRestartedByChange(
            template("resizePolicy: [{resourceName: memory, restartPolicy: RestartContainer}]")));
  }
}
