package top.xtlsoft.stoppablecontainer.operator.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import top.xtlsoft.stoppablecontainer.api.StoppableContainer;
import top.xtlsoft.stoppablecontainer.api.Template;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;

/** Each pod field of a template, with a made-up value in every part of it, is in the pod. */
class TemplateFieldsTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Not fields of a PodSpec; {@link PodFactoriesTest} tests them. */
  private static final Set<String> FORMS = Set.of("metadata", "container", "spec");

  /** Values are made up to this depth: deep enough for a term of an affinity. */
  private static final int DEPTH = 6;

  static Stream<Named<RecordComponent>> fields() {
    return Arrays.stream(Template.class.getRecordComponents())
        .filter(field -> !FORMS.contains(field.getName()))
        .map(field -> Named.of(field.getName(), field));
  }

  @ParameterizedTest
  @MethodSource("fields")
  void reachesTheConsumerPod(RecordComponent field) throws Exception {
    JsonNode value = JSON.readTree(Serialization.asJson(sample(field.getGenericType(), 0)));
    ObjectNode template = JSON.createObjectNode();
    template.putObject("container").put("image", "image:1");
    template.set(field.getName(), value);
    StoppableContainer sc =
        Given.sc(JSON.writeValueAsString(JSON.createObjectNode().set("template", template)));
    Pod pod = Given.consumer(sc, Given.instance(sc, true, true));
    JsonNode spec = JSON.readTree(Serialization.asJson(pod.getSpec()));
    assertTrue(holds(spec.path(field.getName()), value), spec.path(field.getName()) + "\n" + value);
  }

  /** Whether all of a value is in another, which may have more. */
  private static boolean holds(JsonNode actual, JsonNode wanted) {
    if (wanted.isObject()) {
      return wanted.properties().stream()
          .allMatch(entry -> holds(actual.path(entry.getKey()), entry.getValue()));
    }
    if (wanted.isArray()) {
      return elements(wanted)
          .allMatch(element -> elements(actual).anyMatch(other -> holds(other, element)));
    }
    return actual.equals(wanted);
  }

  private static Stream<JsonNode> elements(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }

  private static Object sample(Type type, int depth) throws ReflectiveOperationException {
    if (type instanceof ParameterizedType generic) {
      return generic.getRawType() == List.class
          ? List.of(sample(generic.getActualTypeArguments()[0], depth))
          : Map.of("key", "value");
    }
    Class<?> known = (Class<?>) type;
    if (known == String.class) {
      return "text";
    }
    if (known == Boolean.class) {
      return true;
    }
    if (known == Integer.class) {
      return 7;
    }
    if (known == Long.class) {
      return 7L;
    }
    if (known == Quantity.class) {
      return new Quantity("7");
    }
    if (known == IntOrString.class) {
      return new IntOrString(7);
    }
    Object object = known.getConstructor().newInstance();
    for (Method setter : known.getMethods()) {
      boolean isPart =
          setter.getName().startsWith("set")
              && setter.getParameterCount() == 1
              && !setter.getName().equals("setAdditionalProperties");
      if (isPart) {
        Type part = setter.getGenericParameterTypes()[0];
        if (depth < DEPTH) {
          setter.invoke(object, sample(part, depth + 1));
        }
      }
    }
    return object;
  }
}
