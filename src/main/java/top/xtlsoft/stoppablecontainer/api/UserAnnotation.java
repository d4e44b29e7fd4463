package top.xtlsoft.stoppablecontainer.api;

import static java.util.stream.Collectors.toUnmodifiableMap;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** The annotations that users set on a StoppableContainer. */
public enum UserAnnotation {

  /**
   * With it a new StoppableContainer adopts a file system that was set aside on its node. Its value
   * is the UID of the instance that the file system belonged to. The operator copies it to the
   * instance, where the agent reads it.
   */
  ADOPT("adopt", uid -> !uid.isBlank()),

  /** Keeps a StoppableContainer whose spec.deleteAfterStopped has ended. */
  KEEP("keep", UserAnnotation.ON::equals),

  /** Until when a container with spec.idle counts as in use, as in RFC 3339. */
  KEEP_AWAKE_UNTIL("keep-awake-until", time -> IdleOrder.time(time).isPresent()),

  /**
   * Changes whenever a user asks for a value of spec.running. With it a user overrules the schedule
   * and idle stops without changing spec.running: stops what the schedule has started, while
   * spec.running is false all the time. By convention it is the time; the operator compares it with
   * the last one only, as the clocks of users differ.
   */
  RUNNING_SET_AT("running-set-at", time -> !time.isBlank()),

  /**
   * Makes operator and agent log each of their steps for one StoppableContainer. The operator
   * copies it to the instance, where the agent reads it.
   */
  TRACE("trace", UserAnnotation.ON::equals);

  /** The only value of {@link #KEEP} and {@link #TRACE} with an effect. */
  public static final String ON = "true";

  /** Longer than any UID and any time; caches and the status keep the value. */
  private static final int MAX_LENGTH = 64;

  private final String key;
  private final Predicate<String> hasEffect;

  UserAnnotation(String name, Predicate<String> hasEffect) {
    this.key = ApiNames.GROUP + "/" + name;
    this.hasEffect = hasEffect;
  }

  /** Its key in the metadata. */
  public String key() {
    return key;
  }

  /** Its value on that object; empty if it has none with an effect. */
  public Optional<String> of(HasMetadata object) {
    return Optional.ofNullable(object.getMetadata().getAnnotations())
        .map(annotations -> annotations.get(key))
        .filter(value -> value.length() <= MAX_LENGTH && hasEffect.test(value));
  }

  /** Whether the object has it, with a value that has an effect. */
  public boolean isOn(HasMetadata object) {
    return of(object).isPresent();
  }

  /** Those of these annotations that the object has, by key. */
  public static Map<String, String> on(HasMetadata object, UserAnnotation... which) {
    return Arrays.stream(which)
        .filter(annotation -> annotation.isOn(object))
        .collect(toUnmodifiableMap(UserAnnotation::key, it -> it.of(object).orElseThrow()));
  }
}
