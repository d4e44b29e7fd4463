package top.xtlsoft.stoppablecontainer.manifests;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.BooleanNode;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Closes what the generator leaves open between a schema and the Java class behind it. What the API
 * server lets in and the class can't hold would not only fail there: no informer could list it.
 */
final class SchemaImprover {

  /**
   * As {@code resource.Quantity} is written in Go, but for exponents of more than two digits: with
   * one of eleven the API server takes a pod's creation until the call times out, and so would a
   * worker of the operator.
   */
  private static final String QUANTITY =
      "^[+-]?(\\d+[.]?\\d*|[.]\\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\\d{1,2})?$";

  private static final Set<Class<?>> NUMBERS = Set.of(Integer.class, int.class, IntOrString.class);

  private SchemaImprover() {}

  /** Walks schema and type side by side. */
  static void improve(JSONSchemaProps schema, Type type) {
    switch (type) {
      case Class<?> number when NUMBERS.contains(number) -> {
        // The API server reads all integers as int64, and takes no notice of "format: int32".
        schema.setMinimum((double) Integer.MIN_VALUE);
        schema.setMaximum((double) Integer.MAX_VALUE);
      }
      case Class<?> quantity when quantity == Quantity.class -> quantity(schema);
      case Class<?> object when schema.getProperties() != null -> {
        Map<String, Type> types = properties(object);
        schema
            .getProperties()
            .forEach(
                (name, property) -> {
                  if (types.containsKey(name)) {
                    MergingLists.improve(object, name, property);
                    improve(property, types.get(name));
                  }
                });
      }
      case ParameterizedType list when isA(list, Collection.class) && schema.getItems() != null ->
          improve(schema.getItems().getSchema(), list.getActualTypeArguments()[0]);
      case ParameterizedType map
          when isA(map, Map.class) && schema.getAdditionalProperties() != null ->
          improve(schema.getAdditionalProperties().getSchema(), map.getActualTypeArguments()[1]);
      default -> {}
    }
  }

  /**
   * Lets in integers, decimals and text, as core/v1 does. No type of a CRD's schema takes them all:
   * {@code x-kubernetes-int-or-string} refuses {@code cpu: 0.5}. So the field has no type, and what
   * else there is in JSON is refused by what holds of none of it.
   */
  private static void quantity(JSONSchemaProps schema) {
    schema.setXKubernetesIntOrString(null);
    schema.setAnyOf(List.of());
    schema.setType(null);
    schema.setXKubernetesPreserveUnknownFields(true);
    schema.setPattern(QUANTITY);
    schema.setMinProperties(1L);
    schema.setMaxProperties(0L);
    schema.setMinItems(1L);
    schema.setMaxItems(0L);
    JSONSchemaProps noQuantity = new JSONSchemaProps();
    noQuantity.setEnum(List.of(BooleanNode.TRUE, BooleanNode.FALSE));
    schema.setNot(noQuantity);
  }

  private static boolean isA(ParameterizedType type, Class<?> wanted) {
    return wanted.isAssignableFrom((Class<?>) type.getRawType());
  }

  private static Map<String, Type> properties(Class<?> type) {
    Map<String, Type> types = new HashMap<>();
    for (Field field : type.getDeclaredFields()) {
      JsonProperty named = field.getAnnotation(JsonProperty.class);
      types.put(
          named == null || named.value().isEmpty() ? field.getName() : named.value(),
          field.getGenericType());
    }
    return types;
  }
}
