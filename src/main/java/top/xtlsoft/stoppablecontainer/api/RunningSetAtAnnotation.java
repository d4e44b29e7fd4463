package top.xtlsoft.stoppablecontainer.api;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The annotation that changes whenever a user asks for a value of spec.running. With it a user
 * overrules the schedule without changing spec.running: stops what the schedule has started, while
 * spec.running is false all the time. By convention it is the time; the operator compares it with
 * the last one only, as the clocks of users differ.
 */
public final class RunningSetAtAnnotation {

  public static final String NAME = ApiNames.GROUP + "/running-set-at";

  /** Longer than any time; caches and the status keep the value. */
  private static final int MAX_LENGTH = 64;

  private RunningSetAtAnnotation() {}

  /** Its value; empty when there is none, or it is too long. */
  public static Optional<String> of(HasMetadata object) {
    return Optional.ofNullable(object.getMetadata().getAnnotations())
        .map(annotations -> annotations.get(NAME))
        .filter(value -> value.length() <= MAX_LENGTH);
  }

  /** The annotations, with the object's own one of this name if it has one. */
  public static Map<String, String> addTo(Map<String, String> annotations, HasMetadata object) {
    Map<String, String> all = new LinkedHashMap<>(annotations);
    of(object).ifPresent(value -> all.put(NAME, value));
    return all;
  }
}
