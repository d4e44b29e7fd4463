package top.xtlsoft.stoppablecontainer.api;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Map;

/**
 * The annotation that makes operator and agent log each of their steps for one StoppableContainer.
 * The user sets it on the StoppableContainer; the operator copies it to the instance, where the
 * agent reads it. Its value is compared with one word and not used otherwise.
 */
public final class TraceAnnotation {

  public static final String NAME = ApiNames.GROUP + "/trace";

  /** The only value with an effect. */
  public static final String ON = "true";

  private TraceAnnotation() {}

  /** Whether the object's steps are to be logged. */
  public static boolean isOn(HasMetadata object) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    return annotations != null && ON.equals(annotations.get(NAME));
  }

  /** The annotations for an object that is traced when this object is traced. */
  public static Map<String, String> copyOf(HasMetadata object) {
    return isOn(object) ? Map.of(NAME, ON) : Map.of();
  }
}
