package top.xtlsoft.stoppablecontainer.manifests;

import com.fasterxml.jackson.databind.node.TextNode;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import top.xtlsoft.stoppablecontainer.api.Template;

/**
 * Lists of a pod whose elements have a key, as core/v1 publishes them ({@code
 * x-kubernetes-list-type: map} of its OpenAPI document). Two managers of a server-side apply can
 * then own elements of the same list, as they can in a Deployment. All other lists of a pod are
 * atomic, which is what a CRD's list is without a word.
 */
final class MergingLists {

  /** Keys by class and field of core/v1. */
  static final Map<String, List<String>> KEYS =
      Map.ofEntries(
          Map.entry("Container.env", List.of("name")),
          Map.entry("Container.ports", List.of("containerPort", "protocol")),
          Map.entry("Container.volumeDevices", List.of("devicePath")),
          Map.entry("Container.volumeMounts", List.of("mountPath")),
          // Of the claims that ephemeral volumes have made.
          Map.entry("ObjectMeta.ownerReferences", List.of("uid")),
          Map.entry("PodSpec.containers", List.of("name")),
          Map.entry("PodSpec.ephemeralContainers", List.of("name")),
          Map.entry("PodSpec.hostAliases", List.of("ip")),
          Map.entry("PodSpec.imagePullSecrets", List.of("name")),
          Map.entry("PodSpec.initContainers", List.of("name")),
          Map.entry("PodSpec.resourceClaims", List.of("name")),
          Map.entry("PodSpec.schedulingGates", List.of("name")),
          Map.entry(
              "PodSpec.topologySpreadConstraints", List.of("topologyKey", "whenUnsatisfiable")),
          Map.entry("PodSpec.volumes", List.of("name")),
          Map.entry("ResourceRequirements.claims", List.of("name")));

  /** Only there to be refused, its elements have no fields. */
  private static final String REFUSED = "PodSpec.ephemeralContainers";

  /** What a key is that is not written; the API server wants a value of each. */
  private static final Map<String, String> DEFAULTS =
      Map.of("PodSpec.containers.name", "main", "Container.ports.protocol", "TCP");

  private MergingLists() {}

  /** Has the list merge by its keys, if it is one of those. */
  static void improve(Class<?> owner, String field, JSONSchemaProps list) {
    // The fields beside template.container are those of a PodSpec.
    String name = (owner == Template.class ? "PodSpec" : owner.getSimpleName()) + "." + field;
    if (name.equals(REFUSED)) {
      return;
    }
    Optional.ofNullable(KEYS.get(name))
        .filter(_ -> list.getItems() != null)
        .ifPresent(keys -> merge(name, list, keys));
  }

  private static void merge(String name, JSONSchemaProps list, List<String> keys) {
    list.setXKubernetesListType("map");
    list.setXKubernetesListMapKeys(keys);
    JSONSchemaProps element = list.getItems().getSchema();
    TreeSet<String> required = new TreeSet<>(element.getRequired());
    for (String key : keys) {
      String value = DEFAULTS.get(name + "." + key);
      if (value == null) {
        required.add(key);
      } else {
        element.getProperties().get(key).setDefault(TextNode.valueOf(value));
        required.remove(key);
      }
    }
    element.setRequired(List.copyOf(required));
  }
}
