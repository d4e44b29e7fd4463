package top.xtlsoft.stoppablecontainer.agent.instance;

import static java.net.HttpURLConnection.HTTP_NOT_FOUND;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.agent.OrphanSettings;
import top.xtlsoft.stoppablecontainer.agent.filesystem.LostSnapshot;
import top.xtlsoft.stoppablecontainer.agent.filesystem.Orphan;
import top.xtlsoft.stoppablecontainer.api.ApiNames;

/**
 * The ConfigMap in which administrators see what is set aside on this node, and in which they name
 * what is to be purged: one key for each orphan, its UID.
 */
final class OrphanReport {

  /** Label of all of them. */
  static final String LABEL = ApiNames.GROUP + "/report";

  static final String LABEL_VALUE = "orphans";

  /** UIDs with commas between them. */
  static final String ANNOTATION_PURGE = ApiNames.GROUP + "/purge";

  /** More than that are counted only: an object has at most 1 MiB. */
  static final int MOST_ENTRIES = 1000;

  private static final String KEY_MORE = "more";

  private final KubernetesClient client;
  private final String namespace;
  private final String name;

  /** What the API server has of it; null until it was looked at. */
  private @Nullable Map<String, String> written;

  OrphanReport(KubernetesClient client, String namespace, String nodeName) {
    this.client = client;
    this.namespace = namespace;
    this.name = OrphanSettings.reportName(nodeName);
  }

  /** UIDs that an administrator wants purged; remembers what is written there. */
  Set<String> toPurge() {
    Optional<ConfigMap> found =
        Optional.ofNullable(client.configMaps().inNamespace(namespace).withName(name).get());
    written = found.map(ConfigMap::getData).map(Map::copyOf).orElse(Map.of());
    return found.map(map -> map.getMetadata().getAnnotations()).stream()
        .map(annotations -> annotations.getOrDefault(ANNOTATION_PURGE, ""))
        .flatMap(text -> Arrays.stream(text.split(",")))
        .map(String::strip)
        .filter(uid -> !uid.isEmpty())
        .collect(Collectors.toSet());
  }

  /** Whether the report may name something. */
  boolean mayHoldEntries() {
    return written == null || !written.isEmpty();
  }

  /** Writes what is set aside, and the snapshots that the API server lacks, on a difference. */
  void write(List<Orphan> orphans, List<LostSnapshot> snapshots) {
    Map<String, String> data = new TreeMap<>();
    orphans.stream().limit(MOST_ENTRIES).forEach(orphan -> data.put(orphan.uid(), line(orphan)));
    snapshots.stream()
        .limit(MOST_ENTRIES - data.size())
        .forEach(snapshot -> data.put(snapshot.uid(), line(snapshot)));
    int all = orphans.size() + snapshots.size();
    if (all > MOST_ENTRIES) {
      data.put(KEY_MORE, "" + (all - MOST_ENTRIES));
    }
    if (data.equals(written)) {
      return;
    }
    if (!replaced(data)) {
      client
          .resource(
              new ConfigMapBuilder(named())
                  .editMetadata()
                  .addToLabels(LABEL, LABEL_VALUE)
                  .endMetadata()
                  .withData(data)
                  .build())
          .create();
    }
    written = data;
  }

  /** Whether there is a report, which has that data then. */
  private boolean replaced(Map<String, String> data) {
    String patch =
        Serialization.asJson(List.of(Map.of("op", "add", "path", "/data", "value", data)));
    try {
      client
          .configMaps()
          .inNamespace(namespace)
          .resource(named())
          .patch(PatchContext.of(PatchType.JSON), patch);
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == HTTP_NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  private ConfigMap named() {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .endMetadata()
        .build();
  }

  private static String line(LostSnapshot snapshot) {
    Map<String, Object> line = new TreeMap<>();
    line.put("kind", "StoppableContainerSnapshot");
    line.put("namespace", snapshot.place().namespace());
    line.put("name", snapshot.name());
    line.put("since", snapshot.taken().toString());
    line.put("reason", "the API server has no snapshot of this UID");
    line.put("image", snapshot.image());
    line.put("folder", snapshot.place().path());
    return Serialization.asJson(line);
  }

  private static String line(Orphan orphan) {
    Map<String, Object> line = new TreeMap<>();
    line.put("namespace", orphan.setAside().namespace());
    line.put("name", orphan.setAside().name());
    line.put("since", orphan.setAside().since());
    line.put("reason", orphan.setAside().reason());
    line.put("image", orphan.record().image());
    line.put("folder", orphan.place().path());
    if (orphan.setAside().bytes() != null) {
      line.put("bytes", orphan.setAside().bytes());
    }
    return Serialization.asJson(line);
  }
}
