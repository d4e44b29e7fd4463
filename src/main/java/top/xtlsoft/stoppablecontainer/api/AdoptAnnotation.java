package top.xtlsoft.stoppablecontainer.api;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The annotation with which a new StoppableContainer adopts a file system that was set aside on its
 * node. Its value is the UID of the instance that the file system belonged to. The operator copies
 * it to the instance, where the agent reads it.
 */
public final class AdoptAnnotation {

  public static final String NAME = ApiNames.GROUP + "/adopt";

  /** Longer than any UID; caches keep the value. */
  private static final int MAX_LENGTH = 64;

  private AdoptAnnotation() {}

  /** The UID that the object names; empty when it adopts nothing. */
  public static Optional<String> of(HasMetadata object) {
    return Optional.ofNullable(object.getMetadata().getAnnotations())
        .map(annotations -> annotations.get(NAME))
        .map(String::strip)
        .filter(uid -> !uid.isEmpty() && uid.length() <= MAX_LENGTH);
  }

  /** The annotations, with the object's adopt annotation if it has one. */
  public static Map<String, String> addTo(Map<String, String> annotations, HasMetadata object) {
    Map<String, String> all = new LinkedHashMap<>(annotations);
    of(object).ifPresent(uid -> all.put(NAME, uid));
    return all;
  }
}
