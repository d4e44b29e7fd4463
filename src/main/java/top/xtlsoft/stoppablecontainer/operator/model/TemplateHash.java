package top.xtlsoft.stoppablecontainer.operator.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.Sha256;

/**
 * Detects that a template differs from the one of a running pod. The hash covers only the user's
 * fields: a new version of the operator, which wraps them in another way, has the same hash.
 */
public final class TemplateHash {

  private static final int DIGITS = 16;

  private static final ObjectMapper JSON = new ObjectMapper();

  private TemplateHash() {}

  /**
   * Hash of all fields that take effect at the next start. The image of the stoppable container is
   * not one of them: it is the file system's image.
   */
  public static String of(NormalizedTemplate template) {
    List<Container> containers =
        new ArrayList<>(
            template.pod().getContainers().stream().map(TemplateHash::withoutDefault).toList());
    containers.set(0, new ContainerBuilder(containers.getFirst()).withImage(null).build());
    PodSpec pod =
        new PodSpecBuilder(template.pod())
            .withContainers(containers)
            .withInitContainers(
                template.pod().getInitContainers().stream()
                    .map(TemplateHash::withoutDefault)
                    .toList())
            .build();
    JsonNode tree =
        JSON.valueToTree(
            Map.of("labels", template.labels(), "annotations", template.annotations(), "pod", pod));
    try {
      String text = JSON.writeValueAsString(sorted(tree));
      return Sha256.hex(text).substring(0, DIGITS);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree can be written", e);
    }
  }

  /** The API server adds the protocol of a port. */
  private static Container withoutDefault(Container container) {
    return new ContainerBuilder(container)
        .withPorts(
            container.getPorts().stream()
                .map(
                    port ->
                        "TCP".equals(port.getProtocol())
                            ? new ContainerPortBuilder(port).withProtocol(null).build()
                            : port)
                .toList())
        .build();
  }

  /** Hash of the template that a pod was made from, if the pod has one. */
  public static Optional<String> of(Pod pod) {
    return Optional.ofNullable(pod.getMetadata().getAnnotations())
        .map(annotations -> annotations.get(ApiNames.ANNOTATION_TEMPLATE_HASH));
  }

  /** The order of keys has no meaning in JSON. */
  private static Object sorted(JsonNode node) {
    if (node.isObject()) {
      Map<String, Object> fields = new TreeMap<>();
      node.properties().forEach(entry -> fields.put(entry.getKey(), sorted(entry.getValue())));
      return fields;
    }
    if (node.isArray()) {
      List<Object> items = new ArrayList<>();
      node.forEach(item -> items.add(sorted(item)));
      return items;
    }
    return node;
  }
}
