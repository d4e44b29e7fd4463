package top.xtlsoft.stoppablecontainer.operator.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.api.Template;

class TemplateHashTest {

  private static final String BOX =
      "{metadata: {labels: {a: b, c: d}}, container: {name: x, image: i, env: [{name: e, value: '1'}]}}";

  private static String hash(String template) {
    return TemplateHash.of(
        NormalizedTemplate.of(Serialization.unmarshal("---\n" + template, Template.class)));
  }

  /**
   * The exact hash: it must not change with the operator, or each container would need a restart.
   */
  @Test
  void isTheSameInEveryVersionOfTheOperator() {
    assertEquals("13d6353fa4eea22d", hash(BOX));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{container: {env: [{value: '1', name: e}], image: i, name: x}, metadata: {labels: {c: d, a: b}}}",
        "{metadata: {labels: {a: b, c: d}}, spec: {containers: [{name: x, image: i, env: [{name: e, value: '1'}]}]}}",
        "{metadata: {labels: {a: b, c: d}}, container: {name: x, image: other, env: [{name: e, value: '1'}]}}",
      })
  void ignoresOrderFormAndFieldsThatAStartDoesNotApply(String same) {
    assertEquals(hash(BOX), hash(same));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{metadata: {labels: {a: b}}, container: {name: x, image: i, env: [{name: e, value: '1'}]}}",
        "{metadata: {labels: {a: b, c: d}}, container: {name: x, image: i, env: [{name: e, value: '2'}]}}",
        "{metadata: {labels: {a: b, c: d}}, container: {name: x, image: i, env: [{name: e, value: '1'}]}, hostname: h}",
        "{metadata: {labels: {a: b, c: d}}, spec: {containers: [{name: x, image: i, env: [{name: e, value: '1'}], new: 1}]}}",
      })
  void seesEverythingElse(String other) {
    assertNotEquals(hash(BOX), hash(other));
  }
}
