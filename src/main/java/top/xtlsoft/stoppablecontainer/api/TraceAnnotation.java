package top.xtlsoft.stoppablecontainer.api;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Map;

/**
 * The annotation that has operator and agent log each step they take for one StoppableContainer.
 * The user sets it on the StoppableContainer; the operator hands it on to the instance, where the
 * agent sees it. Its value is compared with one word and never used otherwise.
 */
public final class TraceAnnotation {

  public static final String NAME = ApiNames.GROUP + "/trace";

  /** The only value that means something; any other is as none. */
  public static final String ON = "true";

  private TraceAnnotation() {}

  /** Whether the object's steps are to be logged. */
  public static boolean isOn(HasMetadata object) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    return annotations != null && ON.equals(annotations.get(NAME));
  }

  /** The annotations of an object of ours that says the same as that one. */
  public static Map<String, String> copyOf(HasMetadata object) {
    return isOn(object) ? Map.of(NAME, ON) : Map.of();
  }
}
