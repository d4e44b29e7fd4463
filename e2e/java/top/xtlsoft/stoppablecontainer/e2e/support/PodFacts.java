package top.xtlsoft.stoppablecontainer.e2e.support;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Facts about a pod, from inside and from the API, by aspect. Values that always differ between
 * pods (name, UID, address, numbers of pipes) are replaced by words, so that two pods can be
 * compared.
 */
public final class PodFacts {

  private static final String SCRIPT = Fixture.of("parity/facts.sh").text();

  private static final Map<String, String> ANY_PODS =
      Map.of(
          "[0-9a-f]{64}", "ID",
          "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UID",
          "(pipe|socket):\\[[0-9]+]", "$1",
          "\\.\\.[0-9]{4}_[0-9]{2}_[0-9]{2}_[0-9_.]+", "DATE",
          "kube-api-access-[a-z0-9]{5}", "kube-api-access",
          "(/containers/[a-z]+/)[0-9a-f]{8}\\b", "$1ID");

  private PodFacts() {}

  /**
   * The facts that a process in the first container finds, about itself and about the container's
   * first process.
   *
   * @param command prefix of the shell command that collects the facts
   */
  public static Map<String, List<String>> inside(
      TestNamespace ns, String pod, List<String> command) {
    List<String> line = new ArrayList<>(command);
    line.addAll(List.of("sh", "-c", SCRIPT));
    Pod found = ns.getPod(pod);
    String container = found.getSpec().getContainers().getFirst().getName();
    return ns.execIn(pod, container, line.toArray(String[]::new))
        .ok()
        .lines()
        .map(fact -> fact.split("\t", 2))
        .collect(
            Collectors.groupingBy(
                fact -> fact[0],
                TreeMap::new,
                Collectors.mapping(fact -> normal(found, fact[1]), Collectors.toList())));
  }

  /** The spec and the status' quality of service in the API, one leaf per line. */
  public static List<String> spec(Pod pod) {
    JsonNode spec = Serialization.unmarshal(Serialization.asJson(pod.getSpec()), JsonNode.class);
    List<String> leaves = leaves("spec", spec).map(leaf -> normal(pod, leaf)).toList();
    return Stream.concat(
            leaves.stream(), Stream.of("status.qosClass: " + pod.getStatus().getQosClass()))
        .sorted(Comparator.naturalOrder())
        .toList();
  }

  private static Stream<String> leaves(String path, JsonNode node) {
    if (node.isObject()) {
      return node.properties().stream()
          .flatMap(field -> leaves(path + "." + field.getKey(), field.getValue()));
    }
    if (node.isArray()) {
      List<JsonNode> items = new ArrayList<>();
      node.forEach(items::add);
      return items.stream().flatMap(item -> leaves(path + "[" + key(items, item) + "]", item));
    }
    return Stream.of(path + ": " + node.asText());
  }

  /** Compares named list items by name, so that an extra item does not shift the others. */
  private static String key(List<JsonNode> items, JsonNode item) {
    for (String name : List.of("mountPath", "name", "key", "conditionType")) {
      if (item.hasNonNull(name)) {
        return item.get(name).asText();
      }
    }
    return String.valueOf(items.indexOf(item));
  }

  private static String normal(Pod pod, String text) {
    String normal =
        text.replace(pod.getMetadata().getUid(), "UID").replace(pod.getMetadata().getName(), "POD");
    if (!Boolean.TRUE.equals(pod.getSpec().getHostNetwork())) {
      // Whole addresses only.
      normal =
          Arrays.stream(normal.split("(?<![0-9.])|(?![0-9.])"))
              .map(word -> word.equals(pod.getStatus().getPodIP()) ? "IP" : word)
              .collect(Collectors.joining());
    }
    for (Map.Entry<String, String> rule : ANY_PODS.entrySet()) {
      normal = normal.replaceAll(rule.getKey(), rule.getValue());
    }
    // Kubelet writes them in random order.
    return normal.startsWith("options ") ? sortedWords(normal) : normal;
  }

  private static String sortedWords(String line) {
    return Arrays.stream(line.split(" ")).sorted().collect(Collectors.joining(" "));
  }
}
