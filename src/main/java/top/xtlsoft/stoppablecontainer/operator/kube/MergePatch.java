package top.xtlsoft.stoppablecontainer.operator.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * JSON merge patches of the project's resources. Each patch names the resourceVersion of the
 * decision: the API server refuses it (409) after another write, whose event starts the next pass.
 */
public final class MergePatch {

  private static final PatchContext JSON_MERGE = PatchContext.of(PatchType.JSON_MERGE);

  private final KubernetesClient client;

  public MergePatch(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Patches the spec of one of the operator's own objects; an absent field of the record, or of one
   * in it, is removed. It also clears the managed fields: no user applies such an object, and once
   * they are empty the API server does not compute them at later writes.
   */
  public <T extends HasMetadata> T spec(T seen, Record desired) {
    Map<String, Object> metadata = metadata(seen);
    metadata.put("managedFields", List.of(Map.of()));
    return resource(seen).patch(JSON_MERGE, json(metadata, "spec", fields(desired, Set.of())));
  }

  /** Patches the status, without the fields of other writers. */
  <T extends HasMetadata> T status(T seen, Record desired, Set<String> ofOthers) {
    return resource(seen)
        .subresource("status")
        .patch(JSON_MERGE, json(metadata(seen), "status", fields(desired, ofOthers)));
  }

  /** Replaces the finalizers. */
  public <T extends HasMetadata> T finalizers(T seen, List<String> desired) {
    Map<String, Object> metadata = metadata(seen);
    metadata.put("finalizers", desired);
    return resource(seen)
        .patch(
            JSON_MERGE, client.getKubernetesSerialization().asJson(Map.of("metadata", metadata)));
  }

  /** Adds an owner. */
  <T extends HasMetadata> T owner(T seen, OwnerReference owner) {
    List<OwnerReference> owners = new ArrayList<>(seen.getMetadata().getOwnerReferences());
    owners.add(owner);
    Map<String, Object> metadata = metadata(seen);
    metadata.put("ownerReferences", owners);
    return resource(seen)
        .patch(
            JSON_MERGE, client.getKubernetesSerialization().asJson(Map.of("metadata", metadata)));
  }

  /** Sets or removes an annotation. */
  <T extends HasMetadata> T annotation(T seen, String name, Optional<String> value) {
    Map<String, Object> annotation = new LinkedHashMap<>();
    annotation.put(name, value.orElse(null));
    Map<String, Object> metadata = metadata(seen);
    metadata.put("annotations", annotation);
    return resource(seen)
        .patch(
            JSON_MERGE, client.getKubernetesSerialization().asJson(Map.of("metadata", metadata)));
  }

  /** Patching by a name costs an additional GET, so this passes the object. */
  private <T extends HasMetadata> Resource<T> resource(T seen) {
    return client.resource(seen);
  }

  private String json(Map<String, Object> metadata, String part, Map<String, Object> fields) {
    Map<String, Object> patch = new LinkedHashMap<>();
    patch.put("metadata", metadata);
    patch.put(part, fields);
    return client.getKubernetesSerialization().asJson(patch);
  }

  private static Map<String, Object> metadata(HasMetadata seen) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("resourceVersion", seen.getMetadata().getResourceVersion());
    return metadata;
  }

  private Map<String, Object> fields(Record value, Set<String> ofOthers) {
    return fields(
        value.getClass(),
        client.getKubernetesSerialization().convertValue(value, JsonObject.class),
        ofOthers);
  }

  /** Names what is absent, also inside: a merge patch leaves each field that it does not name. */
  private static Map<String, Object> fields(
      Class<?> type, Map<?, ?> present, Set<String> ofOthers) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (RecordComponent component : type.getRecordComponents()) {
      String name = component.getName();
      if (!ofOthers.contains(name)) {
        fields.put(
            name,
            component.getType().isRecord() && present.get(name) instanceof Map<?, ?> inside
                ? fields(component.getType(), inside, Set.of())
                : present.get(name));
      }
    }
    return fields;
  }

  /** A map type that the serializer accepts as a class. */
  private static final class JsonObject extends LinkedHashMap<String, Object> {
    private static final long serialVersionUID = 1;
  }
}
