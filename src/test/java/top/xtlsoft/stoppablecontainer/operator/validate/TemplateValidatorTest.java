package top.xtlsoft.stoppablecontainer.operator.validate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.api.ConditionReason;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;
import top.xtlsoft.stoppablecontainer.operator.pass.Problem;

class TemplateValidatorTest {

  private final TemplateValidator validator =
      new TemplateValidator(
          Set.of("/var/lib/stoppablecontainer", "/data/sc"), Set.of("runc-debug"));

  private Optional<Problem> problem(String spec) {
    return validator.validate(Given.pass(Given.sc(spec), null, null, null)).problem();
  }

  @Test
  void acceptsEphemeralFoldersBesideAndBelowVolumes() {
    assertEquals(
        Optional.empty(),
        problem(
            "{ephemeralPaths: [/tmp, /run, /data/tmp], template: {container: {image: i,"
                + " volumeMounts: [{name: a, mountPath: /data}]}, volumes: [{name: a}]}}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/proc", "/.sc-bin", "/.sc-ready/x", "/data", "/data/", "/tmp", "a:b"})
  void refusesAnEphemeralFolderWhereNoneCanBe(String path) {
    Problem found =
        problem(
                "{ephemeralPaths: [/tmp, '%s'], template: {container: {image: i, volumeMounts: [{name: a, mountPath: /data}]}, volumes: [{name: a}]}}"
                    .formatted(path))
            .orElseThrow();
    assertEquals(ConditionReason.INVALID_TEMPLATE, found.reason());
    assertTrue(found.message().startsWith("spec.ephemeralPaths[1]"), found.message());
  }

  @Test
  void acceptsAValidTemplate() {
    assertEquals(Optional.empty(), problem("template: {container: {image: i}}"));
    assertEquals(
        Optional.empty(), problem("{template: {container: {image: i}}, hostPathPrefix: /data/sc}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/etc", "/data/sc/", "/data/sc/../..", "/data/sc/below", "data/sc"})
  void refusesAForbiddenPrefix(String prefix) {
    Problem found =
        problem("{template: {container: {image: i}}, hostPathPrefix: '%s'}".formatted(prefix))
            .orElseThrow();
    assertEquals(ConditionReason.HOST_PATH_PREFIX_NOT_ALLOWED, found.reason());
    assertTrue(found.message().contains("spec.hostPathPrefix"), found.message());
    assertTrue(found.terminal());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "template: {container: {image: i}, volumes: [{name: stoppablecontainer-x}]}"
            + " | spec.template.volumes[0].name",
        "template: {spec: {containers: [{image: i}], volumes: [{name: a}, {name: stoppablecontainer-bin}]}}"
            + " | spec.template.spec.volumes[1].name",
        "template: {container: {image: i, volumeMounts: [{name: a, mountPath: /.sc-bin}]}}"
            + " | spec.template.container.volumeMounts[0].mountPath",
        "template: {container: {image: i, volumeMounts: [{name: a, mountPath: /x/../.sc-ready/y}]}}"
            + " | spec.template.container.volumeMounts[0].mountPath",
        "template: {container: {image: i, volumeMounts: [{name: stoppablecontainer-ready, mountPath: /x}]}}"
            + " | spec.template.container.volumeMounts[0].name",
        "template: {container: {image: i, volumeMounts: [{name: a, mountPath: \"/x\\0y\"}]}}"
            + " | spec.template.container.volumeMounts[0].mountPath",
        "template: {spec: {containers: [{image: i}, {name: b, volumeMounts: [{name: a, mountPath: .sc-bin}]}]}}"
            + " | spec.template.spec.containers[1].volumeMounts[0].mountPath",
        "template: {spec: {containers: [{image: i}], initContainers: [{name: b, volumeMounts: [{name: a, mountPath: /.sc-bin}]}]}}"
            + " | spec.template.spec.initContainers[0].volumeMounts[0].mountPath",
        "template: {container: {image: i}, spec: {containers: [{image: i}]}} | spec.template",
        "template: {container: {command: [x]}} | spec.template",
      })
  void refusesTheOperatorsOwnFieldsByName(String spec, String field) {
    Problem found = problem(spec).orElseThrow();
    assertEquals(ConditionReason.INVALID_TEMPLATE, found.reason());
    assertTrue(found.message().startsWith(field + ":"), found.message());
  }

  /** The form with a container; %s is what stands in it or beside it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "metadata: {labels: {stoppablecontainer.xtlsoft.top/role: consumer}}, container: {image: i}"
            + " | spec.template.metadata.labels: \"stoppablecontainer.xtlsoft.top/role\" begins with",
        "metadata: {annotations: {stoppablecontainer.xtlsoft.top/x: y}}, container: {image: i}"
            + " | spec.template.metadata.annotations: \"stoppablecontainer.xtlsoft.top/x\" begins with",
        "metadata: {labels: {-a: b}}, container: {image: i}"
            + " | spec.template.metadata.labels: \"-a\" is no valid key",
        "metadata: {labels: {a: b c}}, container: {image: i}"
            + " | spec.template.metadata.labels[a]: \"b c\" is no label value",
        "serviceAccountName: A b, container: {image: i} | spec.template.serviceAccountName: \"A b\"",
        "runtimeClassName: gvisor, container: {image: i}"
            + " | spec.template.runtimeClassName: \"gvisor\" is not on the allow-list (runc-debug)",
        "volumes: [{emptyDir: {}}], container: {image: i} | spec.template.volumes[0].name: is required",
        "volumes: [{name: a}, {name: a}], container: {image: i}"
            + " | spec.template.volumes[1].name: \"a\" is the name of another volume",
        "volumes: [{name: A_b}], container: {image: i}"
            + " | spec.template.volumes[0].name: \"A_b\" is no DNS label",
        "container: {image: Upper/Case:1:2} | spec.template.container.image: \"Upper/Case:1:2\" is no image",
        "container: {image: a b} | spec.template.container.image: \"a b\" is no image",
        "container: {image: host.example/Upper} | spec.template.container.image: \"host.example/Upper\" is no",
        "container: {image: i, name: My_box} | spec.template.container.name: \"My_box\" is no DNS label",
        "container: {image: i, command: ['']} | spec.template.container.command[0]: is empty",
        "container: {image: i, ports: [{containerPort: 0}]}"
            + " | spec.template.container.ports[0].containerPort: 0 is not between",
        "container: {image: i, ports: [{containerPort: 70000}]}"
            + " | spec.template.container.ports[0].containerPort: 70000 is not between",
        "container: {image: i, ports: [{name: a}]}"
            + " | spec.template.container.ports[0].containerPort: is required",
        "container: {image: i, ports: [{containerPort: 1, hostPort: -1}]}"
            + " | spec.template.container.ports[0].hostPort: -1 is not between",
        "container: {image: i, ports: [{containerPort: 1, name: a}, {containerPort: 2, name: a}]}"
            + " | spec.template.container.ports[1].name: \"a\" is the name of another port",
        "container: {image: i, env: [{value: x}]} | spec.template.container.env[0].name: is required",
        "container: {image: i, env: [{name: a=b}]} | spec.template.container.env[0].name: \"a=b\" contains '='",
        "container: {image: i, env: [{name: a, value: b, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}"
            + " | spec.template.container.env[0]: has value and valueFrom",
        "container: {image: i, volumeMounts: [{name: a, mountPath: /x}]}"
            + " | spec.template.container.volumeMounts[0].name: \"a\" is not the name of a volume",
        "container: {image: i, volumeMounts: [{mountPath: /x}]}"
            + " | spec.template.container.volumeMounts[0].name: is required",
        "container: {image: i, volumeMounts: [{name: a}]}"
            + " | spec.template.container.volumeMounts[0].mountPath: is required",
        "container: {image: i, volumeDevices: [{name: a, devicePath: /dev/x}]}"
            + " | spec.template.container.volumeDevices[0].name: \"a\" is not the name of a volume",
        "volumes: [{name: a}], container: {image: i, volumeMounts: [{name: a, mountPath: /x}, {name: a, mountPath: /x}]}"
            + " | spec.template.container.volumeMounts[1].mountPath: \"/x\" is the path of another",
        "volumes: [{name: a}], container: {image: i, volumeMounts: [{name: a, mountPath: /proc}]}"
            + " | spec.template.container.volumeMounts[0].mountPath: \"/proc\" is no place",
        "volumes: [{name: a}], container: {image: i, volumeMounts: [{name: a, mountPath: /x/..}]}"
            + " | spec.template.container.volumeMounts[0].mountPath: \"/x/..\" is no place",
        "volumes: [{name: a}], container: {image: i, volumeMounts: [{name: a, mountPath: '/x:y'}]}"
            + " | spec.template.container.volumeMounts[0].mountPath: \"/x:y\" contains ':'",
        "volumes: [{name: a}], container: {image: i, volumeMounts: [{name: a, mountPath: /x, subPath: /y}]}"
            + " | spec.template.container.volumeMounts[0].subPath: \"/y\" is absolute",
        "volumes: [{name: a}], container: {image: i, volumeMounts: [{name: a, mountPath: /x, subPath: y/../..}]}"
            + " | spec.template.container.volumeMounts[0].subPath: \"y/../..\" contains '..'",
        "volumes: [{name: a}], container: {image: i, volumeMounts: [{name: a, mountPath: /x, subPath: y, subPathExpr: z}]}"
            + " | spec.template.container.volumeMounts[0]: has subPath and subPathExpr",
        "spec: {containers: [{image: i}, {image: i}]} | spec.template.spec.containers[1].name: is required",
        "spec: {containers: [{image: i}, {name: main, image: i}]}"
            + " | spec.template.spec.containers[1].name: \"main\" is the name of another container",
        "spec: {containers: [{image: i}], initContainers: [{name: main, image: i}]}"
            + " | spec.template.spec.initContainers[0].name: \"main\" is the name of another container",
        "spec: {containers: [{image: i}, {name: b}]} | spec.template.spec.containers[1].image: is required",
      })
  void refusesFieldsThatNoClusterCanRunByName(String template, String message) {
    Problem found = problem("template: {" + template + "}").orElseThrow();
    assertEquals(ConditionReason.INVALID_TEMPLATE, found.reason());
    assertTrue(found.message().startsWith(message), found.message());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "metadata: {labels: {app: '', example.com/a.b_c: D-1}}, container: {image: i}",
        "metadata: {labels: {a: null}, annotations: {b: null}}, container: {image: i}",
        "runtimeClassName: runc-debug, container: {image: i}",
        "container: {image: 'localhost:5000/a/b__c.d:v1.2@sha256:%s'}",
        "container: {image: 'UPPER.example/a'}",
        "container: {image: '[fd00::1]:5000/a'}",
        "container: {image: i, ports: [{containerPort: 80}, {containerPort: 80, protocol: UDP}]}",
        "container: {image: i, env: [{name: a.b-c, value: ''}]}",
        "volumes: [{name: a}], container: {image: i, volumeMounts: [{name: a, mountPath: relative}]}",
        "volumes: [{name: a}], container: {image: i, volumeMounts: [{name: a, mountPath: /x, subPath: a..b}]}",
        "volumes: [{name: a}], container: {image: i, volumeDevices: [{name: a, devicePath: /dev/x}]}",
        "spec: {containers: [{image: i}, {name: b, image: i}], initContainers: [{name: c, image: i}]}",
      })
  void acceptsFieldsOfAPlainPod(String template) {
    assertEquals(
        Optional.empty(), problem("template: {" + template.formatted("0".repeat(64)) + "}"));
  }

  @Test
  void refusesAnotherNodeThanTheFileSystems() {
    var sc = Given.sc("template: {spec: {nodeName: other, containers: [{image: i}]}}");
    assertEquals(Optional.empty(), validator.validate(Given.pass(sc, null, null, null)).problem());
    assertEquals(
        "spec.template.spec.nodeName: \"other\" is not node1, the node that keeps the file system.",
        validator
            .validate(Given.pass(sc, Given.instance(sc, false, true), null, null))
            .problem()
            .orElseThrow()
            .message());
  }

  @Test
  void reportsSomeOfManyFindings() {
    String message =
        problem("template: {container: {image: i, env: [{}, {}, {}, {}, {}, {}, {}]}}")
            .orElseThrow()
            .message();
    assertTrue(message.contains("env[4]") && !message.contains("env[5]"), message);
    assertTrue(message.endsWith(" And 2 more."), message);
  }

  /** A megabyte of the user's own words is neither repeated nor searched for long. */
  @Test
  void refusesLongTexts() {
    String message =
        problem("template: {container: {image: '" + "a-".repeat(500_000) + "'}}")
            .orElseThrow()
            .message();
    assertTrue(message.length() < 300, message);
  }
}
