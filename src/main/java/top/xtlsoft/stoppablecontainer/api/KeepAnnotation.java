package top.xtlsoft.stoppablecontainer.api;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The annotation that keeps a StoppableContainer whose spec.deleteAfterStopped has ended. The user
 * sets it; its value is compared with one word and not used otherwise.
 */
public final class KeepAnnotation {

  public static final String NAME = ApiNames.GROUP + "/keep";

  /** The only value with an effect. */
  public static final String ON = "true";

  private KeepAnnotation() {}

  /** Whether the object is kept. */
  public static boolean isOn(HasMetadata object) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    return annotations != null && ON.equals(annotations.get(NAME));
  }

  /** The annotations, with this one if the object has it. */
  public static Map<String, String> addTo(Map<String, String> annotations, HasMetadata object) {
    Map<String, String> all = new LinkedHashMap<>(annotations);
    if (isOn(object)) {
      all.put(NAME, ON);
    }
    return all;
  }
}
