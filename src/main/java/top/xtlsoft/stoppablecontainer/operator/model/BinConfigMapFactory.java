package top.xtlsoft.stoppablecontainer.operator.model;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import top.xtlsoft.stoppablecontainer.api.ApiNames;
import top.xtlsoft.stoppablecontainer.api.Sha256;

/**
 * Makes the ConfigMaps that carry {@code sc-exec}, {@code pause} and {@code wake} into pods. The
 * name holds a hash of the contents: a ConfigMap never changes, and two versions of the operator
 * share none.
 */
public final class BinConfigMapFactory {

  private static final int HASH_DIGITS = 10;

  private final Map<String, Map<String, byte[]>> binariesByArchitecture;

  /** Each pass needs the names, so their hashes are computed once. */
  private final Map<String, String> namesByArchitecture = new TreeMap<>();

  /**
   * @param binariesByArchitecture for each architecture, as nodes name it, the contents by file
   *     name
   */
  public BinConfigMapFactory(Map<String, Map<String, byte[]>> binariesByArchitecture) {
    this.binariesByArchitecture = new TreeMap<>(binariesByArchitecture);
    this.binariesByArchitecture.forEach(
        (architecture, binaries) ->
            namesByArchitecture.put(
                architecture,
                ApiNames.VOLUME_BIN
                    + "-"
                    + architecture
                    + "-"
                    + hash(new TreeMap<>(binaries)).substring(0, HASH_DIGITS)));
  }

  /** Architectures with binaries. */
  public Set<String> architectures() {
    return Set.copyOf(binariesByArchitecture.keySet());
  }

  /** Name of the ConfigMap of an architecture. */
  public String name(String architecture) {
    String name = namesByArchitecture.get(architecture);
    if (name == null) {
      throw new IllegalArgumentException("no binaries for " + architecture);
    }
    return name;
  }

  /** The desired ConfigMap of an architecture. */
  public ConfigMap configMap(String namespace, String architecture) {
    Map<String, String> data = new TreeMap<>();
    binaries(architecture)
        .forEach((file, bytes) -> data.put(file, Base64.getEncoder().encodeToString(bytes)));
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName(name(architecture))
        .withNamespace(namespace)
        .addToLabels(ToolMetadata.NO_BACKUP)
        .addToLabels(ApiNames.LABEL_MANAGED_BY, ApiNames.MANAGED_BY_VALUE)
        .endMetadata()
        .withImmutable(true)
        .withBinaryData(data)
        .build();
  }

  private Map<String, byte[]> binaries(String architecture) {
    Map<String, byte[]> binaries = binariesByArchitecture.get(architecture);
    if (binaries == null) {
      throw new IllegalArgumentException("no binaries for " + architecture);
    }
    return new TreeMap<>(binaries);
  }

  private static String hash(Map<String, byte[]> binaries) {
    List<byte[]> parts = new ArrayList<>();
    binaries.forEach(
        (file, bytes) -> {
          // The length distinguishes two different splits of the same bytes.
          parts.add((file + '\0' + bytes.length + '\0').getBytes(StandardCharsets.UTF_8));
          parts.add(bytes);
        });
    return Sha256.hex(parts.toArray(byte[][]::new));
  }
}
