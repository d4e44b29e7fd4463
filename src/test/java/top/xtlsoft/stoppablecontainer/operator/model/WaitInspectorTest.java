package top.xtlsoft.stoppablecontainer.operator.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;

class WaitInspectorTest {

  private static Optional<String> obstacle(String pod) {
    String spec = "running: false\ntemplate: {spec: {%s}}\n".formatted(pod);
    return WaitInspector.obstacle(NormalizedTemplate.of(Given.sc(spec).getSpec()));
  }

  private static String main(String fields) {
    return "containers: [{name: main, image: 'image:1', %s}]".formatted(fields);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "livenessProbe | livenessProbe: {tcpSocket: {port: 80}}",
        "readinessProbe | readinessProbe: {tcpSocket: {port: 80}}",
        "startupProbe | startupProbe: {exec: {command: [a]}}",
        "lifecycle | lifecycle: {postStart: {exec: {command: [a]}}}",
        "lifecycle | lifecycle: {preStop: {exec: {command: [a]}}}",
        "env.valueFrom | env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]",
        "env.valueFrom | env: [{name: A, valueFrom: {configMapKeyRef: {name: c, key: k}}}]",
        "envFrom | envFrom: [{secretRef: {name: s}}]",
        "envFrom | envFrom: [{configMapRef: {name: c}}]",
        "hostPort | ports: [{containerPort: 80, hostPort: 80}]"
      })
  void namesTheFieldOfTheContainerThatWouldBeFelt(String field, String fields) {
    String message = obstacle(main(fields)).orElseThrow();
    assertTrue(message.contains(field), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "activeDeadlineSeconds | activeDeadlineSeconds: 60",
        "initContainers | initContainers: [{name: a, image: b}]",
        "volumes | volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]",
        "volumes | volumes: [{name: v, ephemeral: {volumeClaimTemplate: {spec: {}}}}]"
      })
  void namesTheFieldOfThePodThatWouldBeFelt(String field, String fields) {
    String message = obstacle(main("command: [run]") + ", " + fields).orElseThrow();
    assertTrue(message.contains(field), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"secret: {secretName: s}", "configMap: {name: c}", "projected: {}"})
  void namesAPartOfAVolumeThatKubeletDoesNotUpdate(String source) {
    String volumes = ", volumes: [{name: v, %s}]".formatted(source);
    String part = main("volumeMounts: [{name: v, mountPath: /v, subPath: a}]");
    String whole = main("volumeMounts: [{name: v, mountPath: /v}]");
    assertTrue(obstacle(part + volumes).orElseThrow().contains("subPath"));
    assertEquals(Optional.empty(), obstacle(whole + volumes));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "command: [run]",
        "env: [{name: A, value: b}, {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]",
        "ports: [{containerPort: 80}]",
        "resources: {requests: {cpu: 100m}}"
      })
  void letsAPodWaitThatFeelsNothing(String fields) {
    assertEquals(Optional.empty(), obstacle(main(fields)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sidecar", "proxy"})
  void letsNoContainerRunBesideAStoppedOne(String name) {
    String beside =
        "containers: [{name: main, image: 'image:1'}, {name: %s, image: b}]".formatted(name);
    assertTrue(obstacle(beside).orElseThrow().contains("containers"));
  }
}
